"""Many jobs of RQ in one transaction: no worker sees one of them before all are there."""

from collections.abc import Sequence

from redis import WatchError
from rq import Queue
from rq.job import Job, JobStatus

from ..patterns.tasks import all_different
from .at_work import queue_of, same_settings
from .chaining import dependency_ids


def enqueue_atomically(jobs: Sequence[Job], queue: Queue | None = None) -> bool:
    """Enqueue these jobs with their dependencies in one transaction: all of them or none.

    They come from `queue.create_job`, and depend only on each other. No worker sees one of them
    before all are there. Returns False, and writes nothing, if an id is taken. Pass a synchronous
    `queue` (`is_async=False`), too: the jobs run here, one after the other, parents first.
    Raises ValueError for an id that is there twice, and for a dependency that is not among them: it
    may have ended already.
    """
    if not jobs:
        return True
    ids = {*all_different([job.id for job in jobs], "jobs of this plan")}
    for job in jobs:
        if others := set(dependency_ids(job)) - ids:
            raise ValueError(f"{job.id} waits for {', '.join(sorted(others))}: not in this plan")
    queues = {job.origin: queue_of(job) for job in jobs}
    keys = [job.key for job in jobs]
    with jobs[0].connection.pipeline() as pipe:
        pipe.watch(*keys)
        if pipe.exists(*keys):
            return False
        if queue is not None and not queue.is_async:
            pipe.reset()
            _run_now(queue, jobs)
            return True
        pipe.multi()
        for one in queues.values():  # including those in which every job waits
            pipe.sadd(Queue.redis_queues_keys, one.key)
        for job in jobs:
            if dependency_ids(job):
                job.set_status(JobStatus.DEFERRED, pipeline=pipe)
                job.register_dependency(pipeline=pipe)
                job.save(pipeline=pipe)
            else:
                queues[job.origin].enqueue_job(job, pipeline=pipe)
        try:
            pipe.execute()
        except WatchError:  # another process has written one of them meanwhile
            return False
    return True


def _run_now(queue: Queue, jobs: Sequence[Job]) -> None:
    for job in jobs:
        same_settings(queue, job.origin).enqueue_job(job)
        for parent in job.fetch_dependencies():
            if parent.is_failed:  # RQ asks for this as soon as a dependent may run all the same
                queue.enqueue_dependents(parent)
