"""Falling back in RQ: what runs when a job has failed for good, and what becomes of the rest."""

from collections.abc import Sequence
from typing import Any

from rq import Queue, Retry, get_current_job
from rq.job import Job
from rq.results import Result

from lesson_code.with_rq.chaining import Task, call, named, with_parent_results
from lesson_code.with_rq.workflow import enqueue_together

GAVE_UP = "gave up"
SPARE = 2  # retries for a worker that dies: RQ may count that twice, when it cleans up behind it


def attempt(task: Task, *args: Any, **kwargs: Any) -> Any:
    """Run `task`; when all its tries have failed, return {"gave up": the error}.

    Enqueue it in the task's place, with two retries more than it needs: `Retry(max=4)` is for
    three tries, and one worker that dies. RQ writes a result, the end of its job, and the start
    of what stands behind it at one stroke. So nobody acts on a decision that is not written, and
    whoever runs the job again reads it. Behind it stands `or_else`.

    If more workers die, the job has failed, undecided: requeue it.
    """
    me = get_current_job()
    if earlier := finished_before(me):
        return earlier.return_value
    try:
        return call(task, *args, **kwargs)
    except Exception as error:
        if (me.retries_left or 0) > SPARE:
            raise
        return {GAVE_UP: f"{type(error).__name__}: {error}"}


def finished_before(job: Job) -> Result | None:
    """Return the result of a job that has finished and is run again, as RQ may do; or None."""
    done = (result for result in job.results() if result.type == result.Type.SUCCESSFUL)
    return next(done, None)


def gave_up(result: Any) -> bool:
    """Return whether this is what `attempt` returns instead of a result."""
    return isinstance(result, dict) and GAVE_UP in result


def or_else(fallback: Task, *args: Any, **kwargs: Any) -> Any:
    """Return the result of the job in front; if that has given up or failed, run `fallback`.

    Enqueue it behind an `attempt`. It may also stand behind any other job, with
    `Dependency(job, allow_failure=True)`: then enqueue the two together, requeue the job in
    front never after the fallback has run, and let `wake` look for fallbacks that a dying
    worker has left behind.

    Raises ParentResultMissing when the job in front is gone, or has not ended.
    """
    parents = get_current_job().fetch_dependencies()
    if not any(parent.is_failed for parent in parents):
        result = with_parent_results(lambda result: result)
        if not gave_up(result):
            return result
    return call(fallback, *args, **kwargs)


def wake(queue: Queue) -> None:
    """Enqueue what may run after a failure, and still waits for jobs that have failed.

    RQ notes a failure first and looks for such jobs then: a worker may die in between.
    """
    ids = queue.failed_job_registry.get_job_ids()
    for job in Job.fetch_many(ids, queue.connection, serializer=queue.serializer):
        if job:
            queue.enqueue_dependents(job)


def cancel_behind(job: Job) -> None:
    """Cancel the jobs that wait for `job`, and those that wait for them."""
    waiting = Job.fetch_many(job.dependent_ids, job.connection, serializer=job.serializer)
    for dependent in waiting:
        if dependent and not dependent.is_canceled:
            cancel_behind(dependent)
            dependent.cancel()


def undo(steps: Sequence[Task], *args: Any) -> None:
    """Enqueue `steps`, one behind the other, each to be called with `args`.

    A fallback for `or_else`: `steps` undo the jobs before the one that failed.
    The jobs that still wait for that one are cancelled. A second run enqueues nothing more.
    """
    me = get_current_job()
    for parent in me.fetch_dependencies():
        cancel_behind(parent)
    queue, jobs = Queue(me.origin, me.connection, serializer=me.serializer), []
    for step in steps:
        plan = {"retry": Retry(max=3), "job_id": f"{me.id}-{named(step).rpartition('.')[2]}"}
        jobs.append(queue.create_job(step, args, depends_on=jobs[-1:], **plan))
    enqueue_together(jobs)
