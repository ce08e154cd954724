"""The costs of handing results on, as ratios measured in one run."""

import time
from collections.abc import Callable

from rq import Queue, SimpleWorker, get_current_job

from lesson_code.lab import Lab
from lesson_code.with_rq.chaining import pass_results

STEPS, ROUNDS = 50, 15


def nothing(*_: str) -> str:
    """Return a few letters: the cheapest step."""
    return "data"


def by_hand() -> str:
    """Fetch the parent's result in plain RQ, and return the same letters."""
    return nothing(get_current_job().fetch_dependencies()[0].return_value())


def ordered(queue: Queue, **after) -> None:
    """Enqueue a step that is only ordered: no result is handed on."""
    return queue.enqueue(nothing, **after)


def handed_on_by_hand(queue: Queue, **after) -> None:
    return queue.enqueue(by_hand if after else nothing, **after)


def handed_on_by_the_helper(queue: Queue, **after) -> None:
    return queue.enqueue(pass_results, nothing, **after)


WAYS = [ordered, handed_on_by_hand, handed_on_by_the_helper]


def seconds(lab: Lab, enqueue: Callable) -> float:
    """Return how long one worker takes for a chain of STEPS steps, one step on average."""
    lab.empty()
    queue = Queue(connection=lab.redis)
    job = enqueue(queue)
    for _ in range(STEPS - 1):
        job = enqueue(queue, depends_on=job)
    worker = SimpleWorker([queue], connection=lab.redis)
    start = time.perf_counter()
    worker.work(burst=True, logging_level="CRITICAL")
    spent = time.perf_counter() - start
    assert job.return_value() == "data", "the chain did not run to its end"
    return spent / STEPS


def main(rounds: int = ROUNDS) -> None:
    lab = Lab()
    print(f"A chain of {STEPS} steps on {lab.backend}, best of {rounds} rounds:")
    times = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            times[way].append(seconds(lab, way))
    lab.close()
    best = {way: min(times[way]) for way in WAYS}  # the excess is the machine's other work
    for way in WAYS:
        ratio = best[way] / best[ordered]
        print(f"{way.__name__:24} {best[way] * 1000:6.2f} ms a step  {ratio:5.2f} ×")
    ratio = best[handed_on_by_the_helper] / best[handed_on_by_hand]
    print(f"the helper, compared with the same by hand: {ratio:.2f} × (the bar is 1.05)")
