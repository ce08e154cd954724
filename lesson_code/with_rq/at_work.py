"""The job at work in RQ: what it knows of itself, and its queue, for the jobs that it enqueues."""

from typing import Any

from rq import Queue
from rq.job import Job
from rq.results import Result


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
    """Return the queue of `job`, with the job's own time limit, class and serializer, for more jobs
    that run at once if the job does.
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


def note(job: Job, **facts: Any) -> None:
    """Keep these facts in the job's `meta`, for its next try."""
    job.meta |= facts
    job.save_meta()


def finished_before(job: Job) -> Result | None:
    """Return the result of a job that has finished and is run again, as RQ may do; or None."""
    done = (result for result in job.results() if result.type == result.Type.SUCCESSFUL)
    return next(done, None)
