"""ARQ on the stage: its worker looks into the queue when there is something new."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from arq.jobs import Job

from lesson_code.lab.engines.arq import RecordingArqRedis, RecordingArqWorker
from lesson_code.lab.stage.clock import Clock

LOOK_AGAIN = 0.5  # seconds: ARQ's own poll_delay, for what tells nobody that it is new


class News:
    """Wakes everybody who waits for something new."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        self._event.set()
        self._event.clear()

    async def wait(self, timeout: float) -> None:
        try:
            await asyncio.wait_for(self._event.wait(), timeout)
        except TimeoutError:
            return


class StagedArqRedis(RecordingArqRedis):
    """ARQ's client; it tells the workers of each new job."""

    news: News

    async def enqueue_job(self, *args: Any, **kwargs: Any) -> Job | None:
        job = await super().enqueue_job(*args, **kwargs)
        self.news.tell()
        return job


class StagedArqWorker(RecordingArqWorker):
    """ARQ's worker on a clock: without a job it sleeps until the next one is due, or is new."""

    clock: Clock
    news: News
    before: Callable[[str], Awaitable]  # is awaited before a job, while its time is not yet counted

    async def run_job(self, job_id: str, score: int) -> None:
        try:
            await self.before(job_id)
            await super().run_job(job_id, score)
        finally:
            self.news.tell()

    async def _poll_iteration(self) -> None:
        await super()._poll_iteration()
        now = self.clock.now()
        queued = await self.pool.zrange(self.queue_name, 0, -1, withscores=True)
        scores = [at / 1000 for _, at in queued]
        due = min((at for at in scores if at > now), default=now + LOOK_AGAIN)
        if self.tasks:
            await self.news.wait(min(due - now, LOOK_AGAIN))
        elif scores and min(scores) > now:
            self.clock.put_forward(due - now)
