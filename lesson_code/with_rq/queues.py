"""A queue with the settings of another one, or of the job at work, for the jobs of a helper."""

from typing import Any

from rq import Queue
from rq.job import Job


def same_settings(queue: Queue, name: str) -> Queue:
    """Return the queue `name` with the settings of `queue`: time limit, classes, serializer."""
    if name == queue.name:
        return queue
    return type(queue)(
        name,
        queue.connection,
        default_timeout=queue._default_timeout,  # RQ has no public name for it
        is_async=queue.is_async,
        job_class=queue.job_class,
        serializer=queue.serializer,
        death_penalty_class=queue.death_penalty_class,
    )


def queue_of(job: Job) -> Queue:
    """Return the queue of `job`, for more jobs with the job's own time limit, class, serializer.

    If the job runs in a synchronous queue (`is_async=False`), so do they.
    """
    return Queue(
        job.origin,
        job.connection,
        default_timeout=job.timeout,
        is_async=not runs_at_once(job),
        job_class=type(job),
        serializer=job.serializer,
    )


def runs_at_once(job: Job) -> bool:
    """Return whether `job` runs in a synchronous queue, which does not retry."""
    return job.worker_name == "sync"  # RQ's name for the worker that is none


def lifetimes_of(job: Job) -> dict[str, Any]:
    """Return how long `job` may wait, and how long its failure is kept, as options of a new job."""
    return {"ttl": job.ttl, "failure_ttl": job.failure_ttl}
