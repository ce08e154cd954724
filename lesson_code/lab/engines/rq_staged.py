"""RQ on the stage: where it goes through a set, it does so in the same order in every process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from rq import worker_registration
from rq.job import Job
from rq.scheduler import RQScheduler

from lesson_code.lab.engines.fake import InOrder


@contextmanager
def sets_in_order() -> Iterator[None]:
    """Sort the dependents that RQ fetches, the workers among whom it looks for dead ones, and the
    queues whose scheduled jobs it looks for.
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
        patch.object(RQScheduler, "acquire_locks", locks),
        patch.object(Job, "fetch_many", classmethod(fetch)),
        patch.object(worker_registration, "get_keys", keys),
    ):
        yield
