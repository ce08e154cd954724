"""ARQ on the stage: its worker looks into the queue when something has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from arq import ArqRedis, Worker
from arq.jobs import Job
from arq.worker import Signals
from redis.asyncio.client import Pipeline

from lesson_code.lab.engines.arq_notes import RecordingArqRedis
from lesson_code.lab.engines.arq_workers import RecordingArqWorker

READS_TIME = (("arq.utils", "time"), ("arq.worker", "time"))  # their own names of `time.time`
LOOK_AGAIN = 0.5  # seconds: ARQ's own poll_delay, for changes that are not announced


class Clock(Protocol):
    """The part of the stage's clock that the worker needs."""

    def now(self) -> float: ...
    def put_forward(self, seconds: float) -> None: ...


class News:
    """Wakes all that wait for a change."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.told = 0  # how many changes were announced

    def tell(self) -> None:
        self.told += 1
        self._event.set()
        self._event.clear()

    async def wait(self, known: int, timeout: float) -> None:
        """Wait until more than `known` changes were announced, or until the timeout has passed."""
        if self.told == known:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), timeout)


class StagedArqRedis(RecordingArqRedis):
    """ARQ's client; it tells the workers of each new job."""

    news: News

    async def enqueue_job(self, *args: Any, **kwargs: Any) -> Job | None:
        job = await super().enqueue_job(*args, **kwargs)
        self.news.tell()
        return job


class DyingPipeline(Pipeline):
    """A transaction that a crashed worker left open: it ends without a warning."""

    def __del__(self, *args: Any) -> None: ...


class PlainArqRedis(ArqRedis):
    """ARQ's own client, for a worker that may crash."""

    close = ArqRedis.aclose  # ARQ 0.28 calls it by its old name; redis-py would warn

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return DyingPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class PlainArqWorker(Worker):
    """ARQ's own worker; while no worker has anything to do, it sleeps instead of polling.

    `enters(job_id)` is called when a job begins, `leaves(job_id)` when it is over. It keeps
    ARQ's handler of SIGTERM in `at_sigterm`, because on the stage a signal is for one worker.
    """

    idle_for: Callable[[], float]  # seconds; asks without a round trip
    enters: Callable[[str], None]
    leaves: Callable[[str], None]
    at_sigterm: Callable[[], None] | None = None  # it stays None with handle_signals=False

    def _add_signal_handler(self, signum: Signals, handler: Callable[[Signals], None]) -> None:
        if signum.name == "SIGTERM":
            self.at_sigterm = partial(handler, signum)

    async def run_job(self, job_id: str, score: int) -> None:
        self.enters(job_id)
        try:
            await super().run_job(job_id, score)
        finally:
            self.leaves(job_id)

    async def _poll_iteration(self) -> None:
        await super()._poll_iteration()
        if seconds := self.idle_for():
            await asyncio.sleep(seconds)


class StagedArqWorker(RecordingArqWorker):
    """ARQ's worker on a clock: without a job it sleeps until the next one is due, or arrives."""

    clock: Clock
    news: News
    before: Callable[[str], Awaitable]  # awaited before a job, while its time is not yet counted

    async def run_job(self, job_id: str, score: int) -> None:
        try:
            await self.before(job_id)
            await super().run_job(job_id, score)
        finally:
            self.news.tell()

    async def _poll_iteration(self) -> None:
        known = self.news.told
        await super()._poll_iteration()
        now = self.clock.now()
        queued = await self.pool.zrange(self.queue_name, 0, -1, withscores=True)
        scores = [at / 1000 for _, at in queued]
        due = min((at for at in scores if at > now), default=now + LOOK_AGAIN)
        if self.tasks:
            await self.news.wait(known, min(due - now, LOOK_AGAIN))
        elif scores and min(scores) > now:
            self.clock.put_forward(due - now)
