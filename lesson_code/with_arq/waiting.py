"""Parents in ARQ: a job that waits for the jobs it enqueued, or that runs again to look at them."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from arq import Retry
from arq.jobs import Job, JobResult

from ..patterns.tasks import all_different


async def enqueue_children(ctx: dict, function: str, parts: Iterable[str], queue: str) -> list[Job]:
    """Enqueue `function` for each part, in `queue`. A second call returns the same jobs.

    Raises ValueError, before it enqueues one, for two parts of one name.
    """
    redis, jobs = ctx["redis"], []
    for part in all_different(parts, "parts"):
        again = {"_job_id": f"{ctx['job_id']}-{part}", "_queue_name": queue}
        job = await redis.enqueue_job(function, part, **again)
        same = Job(again["_job_id"], redis, queue, _deserializer=redis.job_deserializer)
        jobs.append(job or same)
    return jobs


async def gather_results(jobs: Sequence[Job], timeout: float) -> list[Any]:
    """Return the results of the jobs. Meanwhile the waiting job holds a slot of its worker.

    Raises TimeoutError after `timeout` seconds, or the error of a job that failed.
    """
    return await asyncio.gather(*(job.result(timeout, poll_delay=0.02) for job in jobs))


async def collect_or_retry(jobs: Sequence[Job], again: float) -> list[JobResult]:
    """Return how the jobs ended. If one has not, give up the slot and run again `again` s later.

    Each look is an attempt, and runs the whole task again: allow enough `max_tries`.
    """
    ended = [await job.result_info() for job in jobs]
    if None in ended:
        raise Retry(defer=again)
    return ended
