"""Jobs that meet: a proof that they run at once, for none goes on before all have come."""

from collections.abc import Callable
from typing import Any

from redis import Redis
from rq import get_current_job


class MeetingFailed(Exception):
    """Too few jobs were running at the same time."""


def after_meeting(place: str, number: int, task: Callable, *args: Any, patience: float = 15) -> Any:
    """Run `task` as soon as `number` jobs have come to `place`: they run at once.

    Raises MeetingFailed when they have not all come in `patience` seconds.
    """
    redis: Redis = get_current_job().connection
    here, go = f"lesson:meeting:{place}", f"lesson:meeting:{place}:go"
    if redis.incr(here) == number:
        redis.delete(here)
        redis.rpush(go, *[place] * number)  # a ticket for each
    if not redis.blpop(go, timeout=patience):
        redis.decr(here)
        raise MeetingFailed(f"{number} jobs were to meet at {place!r}, and did not")
    return task(*args)
