"""An audit in RQ: **orphaned jobs** have the status "queued" and are in no queue."""

from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job

from .at_work import queue_of


def find_orphaned_jobs(redis: Redis) -> list[str]:
    """Return the ids of jobs with the status "queued" that are in no queue and with no worker.

    A job that a worker takes at this moment looks the same: believe an id that two audits return.
    """
    somewhere: set[str] = set()
    for queue in Queue.all(connection=redis):
        somewhere.update(queue.get_job_ids(), queue.intermediate_queue.get_job_ids())
        somewhere.update(queue.started_job_registry.get_job_ids(cleanup=False))
    prefix = Job.redis_job_namespace_prefix
    keys = [*redis.scan_iter(f"{prefix}*", _type="HASH")]
    with redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.hget(key, "status")
        states = zip(keys, pipe.execute(), strict=True)
    ids = {key.decode().removeprefix(prefix) for key, state in states if state == b"queued"}
    return sorted(ids - somewhere)


def enqueue_again(redis: Redis, ids: list[str], serializer: Any = None) -> None:
    """Put these jobs back into the queues that they came from, which have this serializer."""
    for job in Job.fetch_many(ids, connection=redis, serializer=serializer):
        if job:
            queue_of(job).enqueue_job(job)
