"""The health of a queue in RQ: what to watch."""

from datetime import datetime

from rq import Queue


def health(queue: Queue, now: datetime) -> dict[str, int]:
    """Count what is in `queue`, and how long its next job has waited."""
    ids = queue.get_job_ids()
    waited = now - queue.fetch_job(ids[0]).enqueued_at if ids else None
    return {
        "waiting": len(ids),
        "minutes waited": round(waited.total_seconds() / 60) if waited else 0,
        "failed": queue.failed_job_registry.count,
        "deferred": queue.deferred_job_registry.count,
    }
