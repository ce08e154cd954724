"""Falling back in RQ: what runs when a job has failed for good, and what becomes of the rest."""

from collections.abc import Callable, Sequence
from typing import Any

from rq import Queue, Retry, get_current_job
from rq.job import Job

from lesson_code.with_rq.chaining import with_parent_results


def or_else(fallback: Callable, *args: Any, **kwargs: Any) -> Any:
    """Return the result of the job in front; if that has failed, run `fallback`.

    Enqueue it with `depends_on=Dependency(job, allow_failure=True)`, before
    `job` may run.

    Raises ParentResultMissing when the job in front is gone, or has not ended.
    """
    parents = get_current_job().fetch_dependencies()
    if any(parent.is_failed for parent in parents):
        return fallback(*args, **kwargs)
    return with_parent_results(lambda result: result)


def cancel_behind(job: Job) -> None:
    """Cancel the jobs that wait for `job`, and those that wait for them."""
    for dependent in Job.fetch_many(job.dependent_ids, job.connection):
        if dependent and not dependent.is_canceled:
            cancel_behind(dependent)
            dependent.cancel()


def undo(steps: Sequence[Callable], *args: Any) -> None:
    """Enqueue `steps`, one behind the other, each to be called with `args`.

    A fallback for `or_else`: `steps` undo the jobs before the one that failed.
    The jobs that still wait for that one are cancelled.
    """
    me = get_current_job()
    for parent in me.fetch_dependencies():
        cancel_behind(parent)
    queue, job = Queue(me.origin, connection=me.connection), None
    for step in steps:
        plan = {"retry": Retry(max=3), "job_id": f"{me.id}-{step.__name__}"}
        job = queue.enqueue(step, *args, depends_on=job, **plan)
