"""The rate limits of RQ 3: who holds their slots, and who waits for one."""

from collections.abc import Iterator

from lesson_code.lab.look.client import ReadingClient, asked, scored, text
from lesson_code.lab.look.facts import LimitFacts
from lesson_code.lab.look.rq_keys import EXECUTIONS, RATE_LIMIT, RATE_LIMITS
from lesson_code.lab.look.rq_row import number


def read_limits(redis: ReadingClient, now: float, most: int) -> list[LimitFacts]:
    """Return the limits, each with up to `most` jobs that wait; RQ 2 has none."""
    names = sorted(text(key) for key in redis.sscan_iter(RATE_LIMITS))
    slots = asked(redis, (("HGET", RATE_LIMIT + name, "concurrency") for name in names))
    limits = []
    for name, at_once in zip(names, slots, strict=True):
        holders = _ids(redis, f"{RATE_LIMIT}{name}:allowed", most)
        running = tuple(_running(redis, holders, now))
        waiting = _ids(redis, f"{RATE_LIMIT}{name}:rate_limited", most)
        limits.append(LimitFacts(name, number(at_once) or 0, holders, running, waiting))
    return limits


def _ids(redis: ReadingClient, key: str, most: int) -> tuple[str, ...]:
    return tuple(one for one, _ in scored(redis, key, most))


def _running(redis: ReadingClient, ids: tuple[str, ...], now: float) -> Iterator[str]:
    """Yield those of which a run is not late yet; RQ 3 leaves them their slots."""
    runs = asked(redis, (("ZRANGE", EXECUTIONS + one, -1, -1, "WITHSCORES") for one in ids))
    for one, last in zip(ids, runs, strict=True):
        if last and float(last[1]) > now:
            yield one
