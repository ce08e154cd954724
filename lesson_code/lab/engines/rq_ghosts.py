"""Where RQ's records contradict each other: what was deleted or moved behind its back."""

from collections.abc import Iterator

from redis import Redis
from rq import Queue
from rq.job import Job

from lesson_code.lab.engines.rq import all_queues


def ghosts(redis: Redis) -> tuple[str, ...]:
    """Return a sentence for each job that RQ lists and does not have, or has and does not list."""
    there = {
        key.decode().removeprefix(Job.redis_job_namespace_prefix): (
            redis.hget(key, "status") or b""
        )
        for key in redis.scan_iter(f"{Job.redis_job_namespace_prefix}*", _type="HASH")
    }
    listed: dict[str, set[str]] = {}
    for queue in all_queues(redis):
        for state, ids in _lists(queue):
            for job_id in ids:
                listed.setdefault(job_id, set()).add(state)
    found = [
        f"RQ still lists `{name}` as {' and '.join(sorted(states))}, but the job is gone"
        for name, states in listed.items()
        if name not in there
    ]
    found += [
        f"`{name}` says that it is {status.decode() or 'nothing'}, but RQ does not list it so"
        for name, status in there.items()
        if status.decode() not in listed.get(name, set())
    ]
    return tuple(sorted(found))


def _lists(queue: Queue) -> Iterator[tuple[str, list[str]]]:
    """Yield what RQ lists as being in each state."""
    yield "queued", queue.get_job_ids()
    yield "started", queue.started_job_registry.get_job_ids(cleanup=False)
    yield "deferred", queue.deferred_job_registry.get_job_ids(cleanup=False)
    yield "finished", queue.finished_job_registry.get_job_ids(cleanup=False)
    yield "failed", queue.failed_job_registry.get_job_ids(cleanup=False)
    yield "scheduled", queue.scheduled_job_registry.get_job_ids(cleanup=False)
    yield "canceled", queue.canceled_job_registry.get_job_ids(cleanup=False)
