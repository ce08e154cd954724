"""A workflow in RQ: a plan of jobs, written into Redis in one transaction."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from redis import WatchError
from rq import Queue
from rq.exceptions import InvalidJobOperation
from rq.job import Dependency, Job, JobStatus

from lesson_code.patterns.keep import KEEP
from lesson_code.patterns.workflow import Steps, in_order
from lesson_code.with_rq.chaining import dependency_ids, named, pass_results
from lesson_code.with_rq.parallel import pass_available_results


def enqueue_atomically(jobs: Sequence[Job]) -> bool:
    """Enqueue these jobs with their dependencies in one transaction: all of them or none.

    They come from `queue.create_job`, and depend only on each other. No worker sees one of them
    before all are there. Returns False, and writes nothing, if an id is taken.
    Raises ValueError for a dependency that is not among them: it may have ended already.
    """
    if not jobs:
        return True
    ids = {job.id for job in jobs}
    for job in jobs:
        if others := set(dependency_ids(job)) - ids:
            raise ValueError(f"{job.id} waits for {', '.join(sorted(others))}: not in this plan")
    queues = {job.origin: _queue(job.origin, job) for job in jobs}
    keys = [job.key for job in jobs]
    with jobs[0].connection.pipeline() as pipe:
        pipe.watch(*keys)
        if pipe.exists(*keys):
            return False
        pipe.multi()
        for queue in queues.values():  # those, too, in which everything waits
            pipe.sadd(Queue.redis_queues_keys, queue.key)
        for job in jobs:
            if dependency_ids(job):
                job.set_status(JobStatus.DEFERRED, pipeline=pipe)
                job.register_dependency(pipeline=pipe)
                job.save(pipeline=pipe)
            else:
                queues[job.origin].enqueue_job(job, pipeline=pipe)
        try:
            pipe.execute()
        except WatchError:  # somebody else has written one of them meanwhile
            return False
    return True


def enqueue_workflow(queue: Queue, steps: Steps, run: str = "") -> dict[str, Job]:
    """Enqueue a job for each step, in one transaction. Return the jobs by the names of the steps.

    A step is (task, parents) or (task, parents, options). Its task gets the results of its
    parents, in their order, and then the option `args`. A list instead of the task, such as
    [fallback_if_failed, task], is enqueued as it is. Further options: `queue`, the name of another
    one; `allow_failure=True`, for a task that gets the results of those parents that have finished
    (see `pass_available_results`); and all that `queue.create_job` takes (`retry`, `timeout`, …).

    The id of a job is the name of the run and that of the step: "monday-extract". Enqueueing a run
    again resumes it: jobs that have failed are requeued, all others stay as they are.

    Raises WorkflowError for an unknown parent or a cycle, before anything is enqueued.
    """
    jobs: dict[str, Job] = {}
    for name in in_order(steps):
        task, parents, *options = steps[name]
        after = [jobs[parent] for parent in parents]
        jobs[name] = _job(queue, task, after, (run, name), dict(*options))
    if not enqueue_atomically([*jobs.values()]):
        ids = [job.id for job in jobs.values()]
        for job in Job.fetch_many(ids, queue.connection, serializer=queue.serializer):
            if job and job.is_failed:
                with suppress(InvalidJobOperation):  # somebody else was faster
                    job.requeue()
    return jobs


def _queue(name: str, like: Queue | Job) -> Queue:
    return Queue(name, like.connection, serializer=like.serializer)


def _job(queue: Queue, task: Any, after: list[Job], ids: tuple[str, str], options: dict) -> Job:
    """Make the job of a step; dashboards show its task and its parents."""
    run, name = ids
    allow = options.pop("allow_failure", False)
    helper = pass_available_results if allow else pass_results
    function, *inner = map(named, task if isinstance(task, list) else [helper, task])
    args = options.pop("args", ())
    where = _queue(options.pop("queue", queue.name), queue)
    shown = ", ".join([*(parent.id for parent in after), *map(repr, args)])
    standard = {
        "job_id": f"{run}-{name}" if run else name,
        "description": f"{(inner or [function])[-1]}({shown})",
        "depends_on": Dependency(after, allow_failure=allow) if after else None,
        "result_ttl": KEEP,  # what a repair tomorrow needs
        "meta": {"run": run, **options.pop("meta", {})},
    }
    return where.create_job(function, (*inner, *args), **{**standard, **options})
