"""Parents in ARQ: a job that waits for the jobs it has enqueued, or that looks at them again."""

import asyncio
import os
from collections.abc import Iterable

from arq import Retry, func
from arq.connections import RedisSettings
from arq.constants import default_queue_name
from arq.jobs import Job

REDIS_URL = os.environ.get("REDIS_URL") or "redis://localhost:6379"


async def thumbnail(ctx: dict, photo: str) -> str:
    """Make the small picture of a photo. Raises ValueError if it is broken."""
    if photo == "broken":
        raise ValueError("broken is no picture")
    return f"{photo}.small"


async def start_thumbnails(
    ctx: dict, photos: Iterable[str], queue: str = default_queue_name
) -> list[Job]:
    """Enqueue a thumbnail for each photo. A second call returns the same jobs."""
    redis, jobs = ctx["redis"], []
    for photo in photos:
        again = {"_job_id": f"{ctx['job_id']}-{photo}", "_queue_name": queue}
        job = await redis.enqueue_job("thumbnail", photo, **again)
        jobs.append(job or Job(again["_job_id"], redis, queue))
    return jobs


async def waiting_album(
    ctx: dict,
    photos: Iterable[str],
    queue: str = default_queue_name,
    timeout: float = 5,
) -> list[str]:
    """Wait for all thumbnails, and hold a slot of the worker meanwhile.

    Raises TimeoutError after `timeout` seconds, and what a thumbnail has raised.
    """
    jobs = await start_thumbnails(ctx, photos, queue)
    waits = (job.result(timeout, poll_delay=0.02) for job in jobs)
    return await asyncio.gather(*waits)


async def looking_album(
    ctx: dict, photos: Iterable[str], queue: str = default_queue_name
) -> list[str]:
    """Look for all thumbnails. One is missing: leave the slot, look again later.

    Raises RuntimeError when a thumbnail has failed. Each look counts as a try.
    """
    jobs = await start_thumbnails(ctx, photos, queue)
    ended = [await job.result_info() for job in jobs]
    if None in ended:
        raise Retry(defer=0.05)
    if failed := [info.args[0] for info in ended if not info.success]:
        raise RuntimeError(f"no thumbnail of {', '.join(failed)}")
    return [info.result for info in ended]


class WorkerSettings:
    functions = (thumbnail, waiting_album, func(looking_album, max_tries=1000))
    redis_settings = RedisSettings.from_dsn(REDIS_URL)
    max_jobs = 10
    job_timeout = 60
    keep_result = 24 * 60 * 60
