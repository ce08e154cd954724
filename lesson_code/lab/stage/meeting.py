"""A rendezvous of jobs proves that they run at once: none continues before all are there."""

from collections.abc import Callable
from typing import Any

from redis import Redis
from rq import get_current_job


class MeetingFailed(Exception):
    """Too few jobs were running at the same time."""


def rendezvous(place: str, number: int, task: Callable, *args: Any, patience: float = 15) -> Any:
    """Wait until `number` jobs have reached `place`, then run `task`: so they run at the same time.

    Raises MeetingFailed if fewer jobs reach it within `patience` seconds.
    """
    redis: Redis = get_current_job().connection
    here, go = f"lesson:meeting:{place}", f"lesson:meeting:{place}:go"
    if redis.incr(here) == number:
        redis.delete(here)
        redis.rpush(go, *[place] * number)  # a ticket for each
    if not redis.blpop(go, timeout=patience):
        redis.decr(here)
        raise MeetingFailed(f"fewer than {number} jobs reached {place!r} in time")
    return task(*args)
