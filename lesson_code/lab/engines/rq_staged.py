"""RQ on the stage: where it goes through a set, it does so in the same order in every process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from rq import worker_registration
from rq.job import Job

from lesson_code.lab.engines.fake import InOrder


@contextmanager
def sets_in_order() -> Iterator[None]:
    """Sort the dependents that RQ fetches, and the workers among whom it looks for dead ones."""
    fetch_many, get_keys = Job.fetch_many.__func__, worker_registration.get_keys

    def fetch(cls: type[Job], job_ids: Any, *args, **kwargs) -> list[Job | None]:
        ids = sorted(job_ids) if isinstance(job_ids, set) else job_ids
        return fetch_many(cls, ids, *args, **kwargs)

    def keys(*args, **kwargs) -> set[str]:
        return InOrder(get_keys(*args, **kwargs))

    with (
        patch.object(Job, "fetch_many", classmethod(fetch)),
        patch.object(worker_registration, "get_keys", keys),
    ):
        yield
