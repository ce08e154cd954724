"""The health of a queue in RQ: what to watch."""

from datetime import datetime

from rq import Queue
from rq.job import Job, JobStatus

from lesson_code.with_rq.chaining import parent_ids

OVER = {JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED}


def health(queue: Queue, now: datetime) -> dict[str, int]:
    """Count the jobs of `queue` by where they are, and how long its next one has waited.

    "taken" are on their way to a worker; of "silent" ones the worker has not been heard of since
    RQ's patience ended; "stranded" wait for a job that has failed, was stopped or cancelled.
    """
    waiting = [job for job in _fetch(queue, queue.get_job_ids(0, 10)) if job.enqueued_at]
    waited = (now - waiting[0].enqueued_at).total_seconds() if waiting else 0
    started = queue.started_job_registry
    deferred = _fetch(queue, queue.deferred_job_registry.get_job_ids(cleanup=False))
    parents = _fetch(queue, {parent for job in deferred for parent in parent_ids(job)})
    over = {job.id for job in parents if job.get_status(refresh=False) in OVER}
    return {
        "waiting": queue.count,
        "minutes waited": round(waited / 60),
        "taken": len(queue.intermediate_queue.get_job_ids()),
        "started": started.get_job_count(cleanup=False),
        "silent": len(started.get_expired_job_ids(now.timestamp())),
        "failed": queue.failed_job_registry.get_job_count(cleanup=False),
        "deferred": len(deferred),
        "stranded": sum(not over.isdisjoint(parent_ids(job)) for job in deferred),
    }


def _fetch(queue: Queue, ids) -> list[Job]:
    """Return those of the jobs that Redis still has."""
    jobs = Job.fetch_many([*ids], queue.connection, serializer=queue.serializer)
    return [job for job in jobs if job]
