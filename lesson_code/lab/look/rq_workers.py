"""The workers and the queues of RQ."""

from lesson_code.lab.look.client import ReadingClient, asked, text
from lesson_code.lab.look.facts import RQ, QueueFacts, WorkerFacts
from lesson_code.lab.look.rq_keys import LISTS, REGISTRIES, SCHEDULER_LOCK, WORKER, WORKERS
from lesson_code.lab.look.rq_row import seconds

FIELDS = ("queues", "state", "current_job", "birth", "last_heartbeat", "death", "version")


def read_workers(redis: ReadingClient, now: float) -> list[WorkerFacts]:
    """Return the workers: alive until their key expires, 8 minutes after a crash by default."""
    keys = sorted(text(key) for key in redis.sscan_iter(WORKERS))
    rows = asked(redis, (("HMGET", key, *FIELDS) for key in keys))
    lives = asked(redis, (("PTTL", key) for key in keys))
    return [
        _worker(key.removeprefix(WORKER), row or [None] * len(FIELDS), left, now)
        for key, row, left in zip(keys, rows, lives, strict=True)
    ]


def _worker(name: str, row: list, left: int | None, now: float) -> WorkerFacts:
    queues, state, job, birth, heartbeat, death, version = row
    seen = seconds(heartbeat)
    return WorkerFacts(
        name=name,
        engine=RQ,
        queues=tuple(text(queues).split(",")) if queues else (),
        alive=birth is not None and death is None,
        state=text(state),
        job=text(job),
        born_at=seconds(birth),
        heartbeat_at=seen,
        expires_in=left / 1000 if left and left > 0 else None,
        clock_ahead=seen - now if seen and seen > now + 1 else None,
        version=text(version),
    )


def queue_facts(
    redis: ReadingClient, names: list[str], workers: list[WorkerFacts]
) -> list[QueueFacts]:
    """Return the queues, with the sizes of their lists."""
    locks = asked(redis, (("EXISTS", SCHEDULER_LOCK + name) for name in names))
    return [
        QueueFacts(
            name=name,
            engine=RQ,
            counts=_sizes(redis, name),
            workers=sum(one.alive and name in one.queues for one in workers),
            scheduler=bool(lock),
        )
        for name, lock in zip(names, locks, strict=True)
    ]


def _sizes(redis: ReadingClient, queue: str) -> dict[str, int]:
    commands = [("LLEN", key.format(queue)) for key in LISTS.values()]
    commands += [("ZCARD", key.format(queue)) for key in REGISTRIES.values()]
    sizes = (size or 0 for size in asked(redis, commands))
    return dict(zip([*LISTS, *REGISTRIES], sizes, strict=True))
