"""The health of a queue in ARQ: what to watch."""

from datetime import datetime

from arq import ArqRedis
from arq.constants import in_progress_key_prefix


async def health(pool: ArqRedis, now: datetime) -> dict[str, int]:
    """Count the jobs of the queue: those that wait, run, or are not due yet; and how long the next
    one has waited. ARQ keeps a job in its queue while it runs, and keeps no list of failures.
    """
    due_at = now.timestamp() * 1000
    jobs = await pool.zrange(pool.default_queue_name, 0, -1, withscores=True)
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
    }
