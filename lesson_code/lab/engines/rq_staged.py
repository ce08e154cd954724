"""RQ on the stage: it uses the stage's clock, and goes through sets in a fixed order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from rq import serializers, worker_registration
from rq.job import Job
from rq.registry import BaseRegistry
from rq.scheduler import RQScheduler
from rq.timeouts import BaseDeathPenalty

from lesson_code.lab.engines.fake import InOrder

READS_TIME = (("rq.repeat", "datetime"),)  # its own name of a function of the time


class ClockPenalty(BaseDeathPenalty):
    """RQ's job timeout: `set_limit(seconds, error)` raises the error after so many seconds."""

    def __init__(self, set_limit: Callable[..., None], timeout: float, *args, **kwargs):
        super().__init__(timeout, *args)
        self.set_limit = set_limit

    def setup_death_penalty(self) -> None:
        if self._timeout > 0:
            late = f"Task exceeded maximum timeout value ({self._timeout} seconds)"
            self.set_limit(self._timeout, lambda: self._exception(late))

    def cancel_death_penalty(self) -> None:
        self.set_limit(float("inf"))


@contextmanager
def callbacks_by_the_clock(set_limit: Callable[..., None]) -> Iterator[None]:
    """Make RQ's cleanup call a crashed worker's callbacks in a thread, too; signals could not."""
    penalty = staticmethod(partial(ClockPenalty, set_limit))  # else a method, from Python 3.14 on
    with patch.object(BaseRegistry, "death_penalty_class", penalty):
        yield


class HasBoth(type):
    """A quick `isinstance` for RQ's protocol of serializers.

    RQ asks for each job that it reads, and in Python 3.11 the original takes as long as a round
    trip.
    """

    def __instancecheck__(cls, one: Any) -> bool:
        return hasattr(one, "dumps") and hasattr(one, "loads")


class Serializer(metaclass=HasBoth):
    """An object with the methods `dumps` and `loads`."""


@contextmanager
def sets_in_order() -> Iterator[None]:
    """Sort each set that RQ goes through.

    These are the dependents that RQ fetches, the workers that it checks for crashes, and the queues
    that it checks for scheduled jobs.
    """
    fetch_many, get_keys = Job.fetch_many.__func__, worker_registration.get_keys
    acquire_locks = RQScheduler.acquire_locks

    def fetch(cls: type[Job], job_ids: Any, *args, **kwargs) -> list[Job | None]:
        ids = sorted(job_ids) if isinstance(job_ids, set) else job_ids
        return fetch_many(cls, ids, *args, **kwargs)

    def keys(*args, **kwargs) -> set[str]:
        return InOrder(get_keys(*args, **kwargs))

    def locks(scheduler: RQScheduler, *args, **kwargs) -> set[str]:
        scheduler._queue_names = InOrder(scheduler._queue_names)
        scheduler._acquired_locks = InOrder(acquire_locks(scheduler, *args, **kwargs))
        return scheduler._acquired_locks

    with (
        patch.object(serializers, "Serializer", Serializer),
        patch.object(RQScheduler, "acquire_locks", locks),
        patch.object(Job, "fetch_many", classmethod(fetch)),
        patch.object(worker_registration, "get_keys", keys),
    ):
        yield
