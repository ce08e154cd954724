"""Running all queued jobs with RQ workers."""

import time
from collections.abc import Callable
from functools import partial

from rq import Queue

from lesson_code.lab.engines.rq import all_queues, forget_events, read_run
from lesson_code.lab.engines.rq_workers import enqueue_due
from lesson_code.lab.record import Run
from lesson_code.lab.server.address import RedisUnavailable
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.crew import Crew
from lesson_code.lab.stage.fair_crew import FairCrew
from lesson_code.lab.stage.processes import work_in_processes


def work(
    lab: Lab,
    workers: int = 1,
    processes: bool = False,
    on_change: Callable[[], None] = lambda: None,
    pace: float = 0,
    with_scheduler: bool = False,
) -> Run:
    """Run all queued jobs, and those that they enqueue, with `workers` RQ workers. Return the Run.

    The workers are RQ's `SimpleWorker`, each in a thread of this process; with `processes=True`,
    which needs a real Redis, each is an `rq worker` process of its own. `on_change` is called, in
    this thread, after each start and end of a job. `pace` makes a worker in a thread pause that
    many seconds after each, so that a reader can follow. `with_scheduler=True` runs the scheduled
    jobs too, each at its time, on a clock that is put forward without waiting.

    Raises TypeError for a wrong type of lab or number. Raises ValueError for a number of workers
    below 1, and for processes on the embedded Redis or with this scheduler. Raises RedisUnavailable
    when a real Redis is gone. Raises KeyboardInterrupt when interrupted: the jobs that ran are then
    failed.
    """
    if not isinstance(lab, Lab):
        raise TypeError(f"work(lab) takes a Lab, and this is of type {type(lab).__name__}")
    if not isinstance(workers, int):
        raise TypeError(f"workers={workers!r}: pass a whole number, like workers=3")
    if workers < 1:
        raise ValueError(f"workers={workers}: at least one worker has to work")
    if with_scheduler and processes:
        raise ValueError("the clock of worker processes cannot be put forward")
    lab.check()
    forget_events(lab.redis)
    queues = all_queues(lab.redis)
    names = [f"worker-{number}" for number in range(1, workers + 1)]
    try:
        if processes:
            work_in_processes(lab, queues, names, on_change)
            while len(there := all_queues(lab.redis)) > len(queues):  # jobs have added some
                queues = there
                work_in_processes(lab, queues, names, on_change)
        elif queues:
            crew = Crew if lab.url else partial(FairCrew, lab)
            crew(queues, names, pace).work(on_change)
            while with_scheduler and advance_clock(lab, queues := all_queues(lab.redis)):
                crew(queues, names, pace).work(on_change)
        lab.check()
        return read_run(lab.redis)
    except Exception:
        if why := gone(lab):  # that explains all other errors
            raise why from None
        raise
    finally:
        if not gone(lab):
            forget_events(lab.redis)


def gone(lab: Lab) -> RedisUnavailable | None:
    """Return the error that `lab.check()` raises."""
    try:
        lab.check()
    except RedisUnavailable as error:
        return error


def advance_clock(lab: Lab, queues: list[Queue]) -> bool:
    """Make the next scheduled job due now, and have RQ's scheduler enqueue it.

    All other scheduled jobs move forward by the same time. Returns whether there is a job to run.
    """
    redis = lab.redis
    times = []
    for queue in queues:
        key = queue.scheduled_job_registry.key
        jobs = redis.zrange(key, 0, -1, withscores=True)
        times += [(key, job, at) for job, at in jobs]
    ahead = min((at for _, _, at in times), default=0) - int(time.time())
    if ahead > 0:
        for key, job, _ in times:
            redis.zincrby(key, -ahead, job)
    enqueue_due(redis, queues)
    return any(queue.count for queue in queues)
