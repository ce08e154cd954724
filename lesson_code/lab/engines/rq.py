"""Reading a Run from Redis: RQ's own data about its jobs, and the notes of its workers."""

import json
import re

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.registry import DeferredJobRegistry
from rq.results import Result

from lesson_code.lab.engines.redis_words import AT_ONCE
from lesson_code.lab.engines.rq_tasks import described, task_of
from lesson_code.lab.engines.unreadable import OrUnreadable
from lesson_code.lab.record import Event, JobRecord, Run

EVENTS = "lesson:events"  # a list: Redis gives the events of all workers one order
ENQUEUED_BY = "lesson:enqueued-by"  # a hash: job -> the job that enqueued it
TROUBLES = "lesson:troubles"  # a list of the errors inside the workers


def read_run(redis: Redis, lost: bool = False) -> Run:
    """Return all RQ jobs in this Redis and the events since the last `forget_events`.

    With `lost`, also return those jobs that are no longer in any list of RQ's.
    """
    events = tuple(Event(*json.loads(event)) for event in redis.lrange(EVENTS, 0, -1))
    parents = {k.decode(): v.decode() for k, v in redis.hgetall(ENQUEUED_BY).items()}
    jobs = [_record_of(job, parents.get(job.id)) for job in _all_jobs(redis, lost)]
    known = {job.id for job in jobs}
    missing = {name: None for job in jobs for name in job.after if name not in known}
    return Run((*(JobRecord(name, "?", "missing") for name in missing), *jobs), events)


def forget_events(redis: Redis) -> None:
    """Start a new record of events."""
    redis.delete(EVENTS, TROUBLES)


def first_trouble(redis: Redis) -> str | None:
    """Return the first error inside a worker since the last `forget_events`."""
    trouble = redis.lindex(TROUBLES, 0)
    return trouble.decode() if trouble else None


def all_queues(redis: Redis) -> list[Queue]:
    """Return every queue that holds a job, by name, even if all its jobs are deferred."""
    deferred = DeferredJobRegistry.key_template.format("")
    waiting = [
        key.decode().removeprefix(deferred)
        for key in redis.scan_iter(f"{deferred}*", count=AT_ONCE)
    ]
    names = {queue.name for queue in Queue.all(connection=redis)}.union(waiting)
    return [Queue(name, connection=redis) for name in sorted(names)]


def names_of_queues(redis: Redis) -> list[str]:
    """Return the name of every queue into which a job was ever enqueued."""
    return sorted(queue.name for queue in Queue.all(connection=redis))


def listed(queue: Queue) -> dict[str, list[str]]:
    """Return the ids that RQ lists for this queue, by the state of the list."""
    registries = {
        "started": queue.started_job_registry,
        "deferred": queue.deferred_job_registry,
        "finished": queue.finished_job_registry,
        "failed": queue.failed_job_registry,
        "scheduled": queue.scheduled_job_registry,
        "canceled": queue.canceled_job_registry,
    }
    if ready := getattr(queue, "ready_job_registry", None):  # since RQ 3
        registries["ready_to_enqueue"] = ready
    there = {state: one.get_job_ids(cleanup=False) for state, one in registries.items()}
    return {"queued": queue.get_job_ids(), **there}


def stored(redis: Redis) -> dict[str, str]:
    """Return the status of each job that has a hash in Redis, by id; "" for a missing status."""
    prefix = Job.redis_job_namespace_prefix
    keys = sorted(redis.scan_iter(f"{prefix}*", _type="HASH", count=AT_ONCE))
    states = {key: redis.hget(key, "status") or b"" for key in keys}
    return {key.decode().removeprefix(prefix): state.decode() for key, state in states.items()}


def _all_jobs(redis: Redis, lost: bool) -> list[Job]:
    """Return every job that a queue or one of its registries names, oldest first."""
    lists = [ids for queue in all_queues(redis) for ids in listed(queue).values()]
    ids = {job_id for one in lists for job_id in one}
    if lost:
        ids.update(stored(redis))
    jobs = [job for job in Job.fetch_many(sorted(ids), connection=redis) if job]
    return sorted(jobs, key=lambda job: job.created_at)


def _record_of(job: Job, enqueued_by: str | None) -> JobRecord:
    latest = Result.fetch_latest(job, serializer=OrUnreadable)
    return JobRecord(
        id=job.id,
        task=task_of(job),
        state=job.get_status(refresh=False).value,
        after=tuple(job._dependency_ids),  # RQ has no public name for these ids in their order
        result=latest.return_value if latest else None,
        error=_last_error(latest.exc_string) if latest and latest.exc_string else None,
        even_if_failed=bool(job.allow_dependency_failures),
        enqueued_by=enqueued_by,
        call=described(job),
    )


def _last_error(traceback: str) -> str:
    """Return the line of a printed traceback that names the exception: "ValueError: message"."""
    causes = traceback.split("\nThe above exception was the direct cause of")
    lines = causes[-1].strip().splitlines()
    frames = [number for number, line in enumerate(lines) if line.startswith("  ")]
    named = re.sub(r"^[\w.]+\.(?=\w+(:|$))", "", lines[frames[-1] + 1 if frames else 0])
    if named == "DeserializationError" and causes[1:]:  # RQ says no more than that
        return f"{named}, from {_last_error(causes[-2])}"
    return named
