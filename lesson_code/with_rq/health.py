"""The health of a queue in RQ: what to watch."""

from datetime import datetime

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.scheduler import RQScheduler
from rq.worker_registration import get_keys

from .chaining import dependency_ids

NEVER_MET = {JobStatus.STOPPED, JobStatus.CANCELED}  # even with `allow_failure`
OVER = NEVER_MET | {JobStatus.FINISHED, JobStatus.FAILED}
LATE = 60  # seconds: a scheduler takes a due job within one second, or after a crash within 60


def health(queue: Queue, now: datetime) -> dict[str, int]:
    """Count the jobs of `queue` by state, and its workers and schedulers. It changes nothing.

    A "taken" job is on its way to a worker. A "silent" job has a worker whose heartbeat is late. An
    "overdue" job was due more than a minute ago. A "stranded" job is deferred, and nothing will
    release it. A crashed worker counts until its key expires (8 minutes by default);
    a crashed scheduler counts for one minute (RQ 2.12.0).
    """
    redis, started, scheduled = queue.connection, queue.started_job_registry, _scheduled(queue)
    waiting = [job for job in _fetch(queue, queue.get_job_ids(0, 10)) if job.enqueued_at]
    waited = (now - waiting[0].enqueued_at).total_seconds() if waiting else 0
    deferred = _fetch(queue, queue.deferred_job_registry.get_job_ids(cleanup=False))
    return {
        "waiting": queue.count,
        "minutes waited": round(waited / 60),
        "taken": len(queue.intermediate_queue.get_job_ids()),
        "started": started.get_job_count(cleanup=False),
        "silent": len(started.get_expired_job_ids(now.timestamp())),
        "failed": queue.failed_job_registry.get_job_count(cleanup=False),
        "scheduled": len(scheduled),
        "overdue": sum(due < now.timestamp() - LATE for due in scheduled),
        "deferred": len(deferred),
        "stranded": len(_stranded(queue, deferred)),
        "workers": _count_workers(queue),
        "schedulers": redis.exists(RQScheduler.get_locking_key(queue.name)),
    }


def queues_without_workers(redis: Redis) -> list[str]:
    """Return the names of the queues that have jobs to run now or later, but no worker."""
    return sorted(
        queue.name
        for queue in Queue.all(connection=redis)
        if not _count_workers(queue)
        and (
            queue.count
            or _scheduled(queue)
            or queue.deferred_job_registry.get_job_count(cleanup=False)
        )
    )


def _scheduled(queue: Queue) -> list[float]:
    """Return the due times of the scheduled jobs, in seconds since 1970."""
    key = queue.scheduled_job_registry.key
    return [due for _, due in queue.connection.zrange(key, 0, -1, withscores=True)]


def _count_workers(queue: Queue) -> int:
    """Count the workers that listen to the queue and whose keys have not expired."""
    keys = get_keys(queue)
    return queue.connection.exists(*keys) if keys else 0


def _stranded(queue: Queue, deferred: list[Job]) -> list[Job]:
    """Return the deferred jobs with a failed, stopped or cancelled dependency, and those whose
    dependencies have all ended or are gone. (A job that is just being released looks the same.)
    """
    found = _fetch(queue, {one for job in deferred for one in dependency_ids(job)})
    states = {job.id: job.get_status(refresh=False) for job in found}

    def is_stranded(job: Job) -> bool:
        awaited = {states[one] for one in dependency_ids(job) if one in states}
        never = NEVER_MET if job.allow_dependency_failures else NEVER_MET | {JobStatus.FAILED}
        return bool(awaited & never) or awaited <= OVER

    return [job for job in deferred if is_stranded(job)]


def _fetch(queue: Queue, ids) -> list[Job]:
    """Return the jobs that Redis still has."""
    jobs = Job.fetch_many([*ids], queue.connection, serializer=queue.serializer)
    return [job for job in jobs if job]
