"""A story: what is enqueued, and who works on it. It can be played again and again."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from arq import ArqRedis
from redis import Redis

NOTICED = 120.0  # seconds until somebody looks: RQ's worker beats its heart for the next 90


def none(redis: Redis) -> Counter:
    """Return no other effects than the tasks' own."""
    return Counter()


@dataclass(frozen=True)
class Story:
    """`enqueue(*queues)` enqueues RQ jobs; then so many workers listen to all of the queues.

    When a worker has died, another one comes after `noticed` seconds, and again, until nothing
    is left that time could change. With `requeue`, an operator requeues what has failed then, in
    the plain run, too; `repair(*queues)` is what else is done then, and others come once more. The
    effects that count are those of the worlds' tasks, and those that `effects(redis)` returns.
    """

    enqueue: Callable[..., Any]
    workers: int = 1
    queues: tuple[str, ...] = ("default",)
    requeue: bool = False
    noticed: float = NOTICED
    effects: Callable[[Redis], Counter] = none
    repair: Callable[..., Any] | None = None


@dataclass(frozen=True)
class ArqStory:
    """`await enqueue(pool)` enqueues ARQ jobs; so many workers run them, with these settings.

    All else is as in a Story; an ARQ job is noticed when its in-progress key has expired.
    """

    enqueue: Callable[[ArqRedis], Awaitable]
    settings: type
    workers: int = 1
    requeue: bool = False
    noticed: float = 320.0
    effects: Callable[[Redis], Counter] = none


@dataclass(frozen=True)
class Outcome:
    """What is left at the end of a run: the states and results of all jobs, the effects."""

    states: dict[str, str]
    tasks: dict[str, str]  # the jobs' calls: "charge('A7')"
    results: dict[str, Any]
    effects: Counter
    places: dict[str, str]  # where a job is that has not ended: "queued, in no queue"
    hangs: str = ""  # why the run did not come to an end
