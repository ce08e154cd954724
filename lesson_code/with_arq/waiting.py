"""Parents in ARQ: a job that waits for the jobs it has enqueued, or that looks at them again."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from arq import Retry
from arq.jobs import Job, JobResult


async def enqueue_children(ctx: dict, function: str, parts: Iterable[str], queue: str) -> list[Job]:
    """Enqueue `function` for each part, in `queue`. A second call returns the same jobs."""
    redis, jobs = ctx["redis"], []
    for part in parts:
        again = {"_job_id": f"{ctx['job_id']}-{part}", "_queue_name": queue}
        job = await redis.enqueue_job(function, part, **again)
        jobs.append(job or Job(again["_job_id"], redis, queue))
    return jobs


async def wait_for_all(jobs: Sequence[Job], timeout: float) -> list[Any]:
    """Return what the jobs return; the job that waits holds a slot of its worker meanwhile.

    Raises TimeoutError after `timeout` seconds, and what a job has raised.
    """
    return await asyncio.gather(*(job.result(timeout, poll_delay=0.02) for job in jobs))


async def look_at_all(jobs: Sequence[Job], again: float) -> list[JobResult]:
    """Return how the jobs ended. If one has not, leave the slot, and look `again` s later.

    Each look counts as a try, and runs the whole task anew: allow it enough `max_tries`.
    """
    ended = [await job.result_info() for job in jobs]
    if None in ended:
        raise Retry(defer=again)
    return ended
