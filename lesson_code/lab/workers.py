"""Letting RQ workers work off all that is queued."""

from collections.abc import Callable

from lesson_code.lab.crew import Crew
from lesson_code.lab.processes import work_in_processes
from lesson_code.lab.redis import Lab
from lesson_code.lab.rq_run import all_queues, forget_events, read_run
from lesson_code.lab.run import Run


def work(
    lab: Lab,
    workers: int = 1,
    processes: bool = False,
    on_change: Callable[[], None] = lambda: None,
    pace: float = 0,
) -> Run:
    """Let `workers` RQ workers run all that is queued, and what that sets free. Return the Run.

    The workers are RQ's `SimpleWorker`, each in a thread of this process; with `processes=True`,
    which needs a real Redis, each is an `rq worker` process of its own.
    `on_change` is called, here, after each start and end of a job; `pace` makes a worker in a
    thread pause that many seconds after each, so that an eye can follow.

    Raises ValueError for a number of workers below 1 or for processes on the embedded Redis,
    KeyboardInterrupt when interrupted: the jobs that were running are then failed.
    """
    if workers < 1:
        raise ValueError(f"workers={workers}: at least one worker has to work")
    forget_events(lab.redis)
    queues = all_queues(lab.redis)
    names = [f"worker-{number}" for number in range(1, workers + 1)]
    try:
        if processes:
            work_in_processes(lab, queues, names, on_change)
        elif queues:
            Crew(queues, names, pace).work(on_change)
        return read_run(lab.redis)
    finally:
        forget_events(lab.redis)
