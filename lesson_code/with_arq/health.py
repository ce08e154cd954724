"""The health of a queue in ARQ: what to watch."""

from datetime import datetime

from arq import ArqRedis


async def health(pool: ArqRedis, now: datetime) -> dict[str, int]:
    """Count what is in the queue, and how long its next job has waited."""
    first = await pool.zrange(pool.default_queue_name, 0, 0, withscores=True)
    waited = now.timestamp() - first[0][1] / 1000 if first else 0
    return {
        "waiting": await pool.zcard(pool.default_queue_name),
        "minutes waited": round(waited / 60),
        "failed": sum(not job.success for job in await pool.all_job_results()),
    }
