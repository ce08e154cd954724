"""The notes of ARQ's client and workers, each in one transaction with the change itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from arq import ArqRedis
from arq.jobs import Job
from redis.asyncio.client import Pipeline

from lesson_code.lab.engines.arq import ENQUEUED_BY, UNNAMED

running: ContextVar[str | None] = ContextVar("job", default=None)  # the job that is running here
slot: ContextVar[int] = ContextVar("slot")  # and its slot
add: ContextVar[Callable[[Pipeline], Any] | None] = ContextVar("add", default=None)


@contextmanager
def in_each_transaction(what: Callable[[Pipeline], Any]) -> Iterator[None]:
    """Make `what` add its commands to each transaction that is executed in here."""
    token = add.set(what)
    try:
        yield
    finally:
        add.reset(token)


class NotingPipeline(Pipeline):
    """A transaction that includes our note."""

    async def execute(self, *args, **kwargs) -> list:
        if not (note := add.get()):
            return await super().execute(*args, **kwargs)
        own = len(self)
        note(self)
        return (await super().execute(*args, **kwargs))[:own]


class RecordingArqRedis(ArqRedis):
    """ARQ's client; it also records which job enqueued which, and the order of jobs without ids."""

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return NotingPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )

    async def enqueue_job(
        self, function: str, *args, _job_id: str | None = None, **kwargs
    ) -> Job | None:
        if not (parent := running.get()) and _job_id:
            return await super().enqueue_job(function, *args, _job_id=_job_id, **kwargs)
        name = _job_id or uuid4().hex

        def note(pipe: Pipeline) -> None:
            if parent:
                pipe.hset(ENQUEUED_BY, name, parent)
            if not _job_id:
                pipe.rpush(UNNAMED, name)

        with in_each_transaction(note):
            return await super().enqueue_job(function, *args, _job_id=name, **kwargs)
