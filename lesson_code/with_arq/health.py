"""The health of a queue in ARQ: what to watch."""

from datetime import datetime

from arq import ArqRedis
from arq.constants import health_check_key_suffix, in_progress_key_prefix


async def health(pool: ArqRedis, now: datetime, queue_name: str = "") -> dict[str, int]:
    """Count the queue's jobs that wait, run, or are not due yet, and measure how long the next one
    has waited. ARQ keeps a running job in its queue, and keeps no list of failures.

    "worker seen" is 1 if ARQ's health check finds its key. All workers of a queue share that key:
    each writes it once every `health_check_interval` (an hour by default), and deletes it when it
    stops. So the key stays for up to an hour after a crash, and is missing for up to an hour when
    one of two workers has stopped (ARQ 0.28.0).
    """
    queue_name = queue_name or pool.default_queue_name
    due_at = now.timestamp() * 1000
    jobs = await pool.zrange(queue_name, 0, -1, withscores=True)
    due = [(job.decode(), score) for job, score in jobs if score <= due_at]
    async with pool.pipeline(transaction=False) as pipe:
        for job_id, _ in due:
            pipe.exists(in_progress_key_prefix + job_id)
        running = await pipe.execute()
    waiting = [score for (_, score), runs in zip(due, running, strict=True) if not runs]
    return {
        "waiting": len(waiting),
        "minutes waited": round((due_at - waiting[0]) / 60_000) if waiting else 0,
        "running": sum(running),
        "deferred": len(jobs) - len(due),
        "worker seen": await pool.exists(queue_name + health_check_key_suffix),
    }
