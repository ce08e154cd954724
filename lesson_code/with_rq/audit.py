"""An audit in RQ: **orphaned jobs** have the status "queued" and are in no queue."""

from redis import Redis
from rq import Queue
from rq.job import Job


def find_orphaned_jobs(redis: Redis) -> list[str]:
    """Return the ids of jobs with the status "queued" that are in no queue and with no worker.

    A job that a worker takes at this moment looks the same: believe an id that two audits return.
    """
    somewhere: set[str] = set()
    for queue in Queue.all(connection=redis):
        somewhere.update(queue.get_job_ids(), queue.intermediate_queue.get_job_ids())
        somewhere.update(queue.started_job_registry.get_job_ids(cleanup=False))
    prefix = Job.redis_job_namespace_prefix
    ids = [
        key.decode().removeprefix(prefix)
        for key in redis.scan_iter(f"{prefix}*", _type="HASH")
        if redis.hget(key, "status") == b"queued"
    ]
    return sorted({*ids} - somewhere)


def enqueue_again(redis: Redis, ids: list[str]) -> None:
    """Put these jobs back into the queues that they came from."""
    for job in Job.fetch_many(ids, connection=redis):
        if job:
            Queue(job.origin, connection=redis).enqueue_job(job)
