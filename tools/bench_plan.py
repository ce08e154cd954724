"""The costs of enqueueing a plan of 1,000 jobs: python -m tools.bench_plan

It enqueues them one by one, and in one transaction, on the embedded Redis or on the one at
REDIS_URL.
"""

import asyncio
import time
from statistics import median

from arq import ArqRedis
from rq import Queue

from lesson_code.lab import Lab
from lesson_code.with_arq import workflow as arq_workflow
from lesson_code.with_rq.chaining import pass_results
from lesson_code.with_rq.workflow import enqueue_workflow
from tests.trips import counted_trips
from tools.bench_fan_in import add, one

N, ROUNDS = 1000, 5
STEPS = {f"part-{number}": (one, []) for number in range(N - 1)}
PLAN = STEPS | {"end": (add, [*STEPS])}


def rq_one_by_one(queue: Queue) -> None:
    jobs = [queue.enqueue(one, job_id=name) for name in STEPS]
    queue.enqueue(pass_results, add, depends_on=jobs, job_id="end")


def rq_at_one_stroke(queue: Queue) -> None:
    enqueue_workflow(queue, PLAN)


async def arq_one_by_one(pool: ArqRedis) -> None:
    for name in STEPS:
        await pool.enqueue_job("one", _job_id=name)


async def arq_at_one_stroke(pool: ArqRedis) -> None:
    await arq_workflow.enqueue_workflow(pool, PLAN)


WAYS = (rq_one_by_one, rq_at_one_stroke, arq_one_by_one, arq_at_one_stroke)


def measure(lab: Lab, rounds: int = ROUNDS) -> dict[str, tuple[float, int]]:
    """Return the seconds and the round trips of each way; the ways take turns."""
    seconds: dict[str, list[float]] = {way.__name__: [] for way in WAYS}
    trips: dict[str, int] = {}

    async def in_arq(way) -> None:
        pool = lab.arq()
        await take(way, pool)
        await pool.aclose()

    async def take(way, place) -> None:
        with counted_trips() as counted:
            start = time.perf_counter()
            if (done := way(place)) is not None:
                await done
            seconds[way.__name__].append(time.perf_counter() - start)
        trips[way.__name__] = len(counted)

    for _ in range(rounds):
        for way in WAYS:
            lab.empty()
            there = way.__name__.startswith("rq")
            asyncio.run(take(way, Queue(connection=lab.redis)) if there else in_arq(way))
    return {way: (median(times), trips[way]) for way, times in seconds.items()}


def main(rounds: int = ROUNDS) -> None:
    lab = Lab()
    print(f"A plan of {N:,} jobs on {lab.backend}, median of {rounds} rounds:")
    for way, (seconds, trips) in measure(lab, rounds).items():
        print(f"{way.replace('_', ' '):24}{seconds:8.3f} s{trips:8,} round trips")
    lab.close()


if __name__ == "__main__":
    main()
