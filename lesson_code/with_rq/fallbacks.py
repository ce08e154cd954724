"""Fallbacks in RQ: a task to run when a job has failed for good, and the rest of the chain."""

from collections.abc import Sequence
from typing import Any

from rq import Queue, Retry, get_current_job
from rq.job import Job
from rq.utils import as_text

from ..patterns.tasks import FAILURES, Task, all_different, short_name
from .at_work import finished_before, note, queue_of, runs_at_once
from .chaining import call, pass_results
from .together import enqueue_atomically

GAVE_UP = "gave up"


def retries_for(tries: int) -> Retry:
    """Return the retries for so many tries, and two more: RQ may count one crash twice."""
    return Retry(max=tries + 1)


def catch_final_failure(task: Task, *args: Any, tries: int = 3, **kwargs: Any) -> Any:
    """Run `task`; when it has failed `tries` times, return {"gave up": the error}.

    Enqueue it instead of the task, with more retries than it needs, as a worker that crashes takes
    some, too: `retry=Retry(max=4)` for three tries, see `retries_for`. RQ stores a result, finishes
    its job, and enqueues the dependents in one transaction. So no job acts on a decision that is
    not stored, and a second run of the job reads it. Its dependent is `fallback_if_failed`.

    With fewer retries it gives up on the last one, and in a synchronous queue on the first. If
    workers crash too often, the job fails without a decision: requeue it. As long as another try
    follows, it raises what `task` raises; a Retry that `task` returns counts as a failure, too.
    """
    me = get_current_job()
    if earlier := finished_before(me):
        return earlier.return_value
    failures = me.meta.get("failures", 0) + 1
    last = failures >= tries or runs_at_once(me)
    try:
        result = call(task, *args, **kwargs)
    except FAILURES as error:
        if last or not me.retries_left:
            return decision(error)
        note(me, failures=failures)
        raise
    if isinstance(result, Retry):
        if last or (me.number_of_retries or 0) >= result.max:
            return {GAVE_UP: "the task asked for one more try"}
        note(me, failures=failures)
    return result


def decision(error: BaseException) -> dict[str, str]:
    """Return what is stored instead of a result: that the job gave up, and why."""
    return {GAVE_UP: f"{type(error).__name__}: {error}"}


def gave_up(result: Any) -> bool:
    """Return whether this is what `catch_final_failure` returns instead of a result."""
    return isinstance(result, dict) and GAVE_UP in result


def fallback_if_failed(fallback: Task, *args: Any, **kwargs: Any) -> Any:
    """Return the dependency's result; if the dependency has failed or given up, run `fallback`.

    The simple way: depend on the job with `Dependency(job, allow_failure=True)`, enqueue both in
    one transaction, and do not requeue that job after the fallback has run.
    `enqueue_missed_dependents` finds fallbacks that a crashed worker has left deferred.

    The crash-safe way: depend on a job that runs `catch_final_failure`.

    Raises ResultMissing if the dependency is gone, or has not ended.
    """
    parents = get_current_job().fetch_dependencies()
    if not any(parent.is_failed for parent in parents):
        result = pass_results(lambda result: result)
        if not gave_up(result):
            return result
    return call(fallback, *args, **kwargs)


def enqueue_missed_dependents(queue: Queue) -> None:
    """Enqueue the dependents that allow a failure and still wait for a job that has failed.

    RQ first records a failure and then, in a second step, enqueues such dependents. A worker that
    crashes between the two leaves them deferred.
    """
    ids = queue.failed_job_registry.get_job_ids()
    for job in queue.job_class.fetch_many(ids, queue.connection, serializer=queue.serializer):
        if job:
            queue.enqueue_dependents(job)


def cancel_behind(job: Job) -> None:
    """Cancel the dependents of `job`, and their dependents, and so on, in one transaction."""
    found: dict[str, Job] = {}
    level = [job]
    while level:
        with job.connection.pipeline(transaction=False) as pipe:
            for one in level:
                pipe.smembers(one.dependents_key)
            ids = {as_text(id) for dependents in pipe.execute() for id in dependents}
        fetched = job.fetch_many([*ids - {*found}], job.connection, serializer=job.serializer)
        level = [one for one in fetched if one and not one.is_canceled]
        found |= {one.id: one for one in level}
    with job.connection.pipeline() as pipe:
        for one in found.values():
            one.cancel(pipeline=pipe)
        pipe.execute()


def enqueue_undo(steps: Sequence[Task], *args: Any) -> None:
    """Enqueue `steps` as a chain, each to be called with `args`.

    A fallback for `fallback_if_failed`: `steps` undo the jobs before the one that failed. It also
    cancels the jobs that still depend on that one. A second run enqueues nothing.
    Raises ValueError, before it does anything, for two steps of one name.
    """
    me = get_current_job()
    queue, jobs = queue_of(me), []
    for name, step in zip(all_different(map(short_name, steps), "steps"), steps, strict=True):
        plan = {"job_id": f"{me.id}-{name}", "ttl": me.ttl, "failure_ttl": me.failure_ttl}
        plan |= {"retry": Retry(max=3), "depends_on": jobs[-1:]}
        jobs.append(queue.create_job(step, args, **plan))
    for parent in me.fetch_dependencies():
        cancel_behind(parent)
    enqueue_atomically(jobs, queue)
