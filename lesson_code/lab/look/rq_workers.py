"""The workers and the queues of RQ."""

from dataclasses import replace

from lesson_code.lab.look.client import ReadingClient, asked, text
from lesson_code.lab.look.facts import RQ, QueueFacts, WorkerFacts
from lesson_code.lab.look.rq_keys import (
    EXECUTION,
    LISTS,
    REGISTRIES,
    SCHEDULER_LOCK,
    WORKER,
    WORKERS,
)
from lesson_code.lab.look.rq_row import seconds

FIELDS = ("queues", "state", "current_job", "birth", "last_heartbeat", "death", "version")
CLOCK = 2  # seconds by which clocks can seem to differ


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


def with_clocks(
    redis: ReadingClient,
    workers: list[WorkerFacts],
    runs: dict[str, tuple[str, float]],
    now: float,
) -> list[WorkerFacts]:
    """Add by how much the clock of a busy worker is ahead of the server's.

    A worker writes when its run is late, by its own clock, and gives the key of the run that
    lifetime, which the server counts. Both are rounded to a second.
    """
    busy = [worker for worker in workers if worker.name in runs]
    lives = asked(redis, (("PTTL", EXECUTION + runs[worker.name][0]) for worker in busy))
    ahead = {
        worker.name: runs[worker.name][1] - (now + left / 1000)
        for worker, left in zip(busy, lives, strict=True)
        if left and left > 0
    }
    return [
        replace(worker, clock_ahead=ahead[worker.name])
        if abs(ahead.get(worker.name, 0)) > CLOCK
        else worker
        for worker in workers
    ]


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
