"""An album of photos by ARQ: a job that needs a thumbnail of each, and a worker's settings."""

import os
from collections.abc import Iterable

from arq import func
from arq.connections import RedisSettings
from arq.constants import default_queue_name

from lesson_code.with_arq.waiting import collect_or_retry, enqueue_children, gather_results

REDIS_URL = os.environ.get("REDIS_URL") or "redis://localhost:6379"


async def thumbnail(ctx: dict, photo: str) -> str:
    """Make the small picture of a photo. Raises ValueError if it is broken."""
    if photo == "broken":
        raise ValueError("broken is no picture")
    return f"{photo}.small"


async def waiting_album(
    ctx: dict, photos: Iterable[str], queue: str = default_queue_name, timeout: float = 5
) -> list[str]:
    """Wait for all thumbnails, at most `timeout` seconds."""
    jobs = await enqueue_children(ctx, "thumbnail", photos, queue)
    return await gather_results(jobs, timeout)


async def looking_album(
    ctx: dict, photos: Iterable[str], queue: str = default_queue_name
) -> list[str]:
    """Collect all thumbnails; look again until they are there.

    Raises RuntimeError if a thumbnail has failed.
    """
    jobs = await enqueue_children(ctx, "thumbnail", photos, queue)
    ended = await collect_or_retry(jobs, again=0.05)
    if failed := [info.args[0] for info in ended if not info.success]:
        raise RuntimeError(f"no thumbnail of {', '.join(failed)}")
    return [info.result for info in ended]


class WorkerSettings:
    functions = (thumbnail, waiting_album, func(looking_album, max_tries=1000))
    redis_settings = RedisSettings.from_dsn(REDIS_URL)
    max_jobs = 10
    job_timeout = 60
    keep_result = 24 * 60 * 60
