"""The place of a trial: the stage, or the real Redis at REDIS_URL."""

import asyncio
import os
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from arq import ArqRedis

from lesson_code.exercises.check.effort import effort
from lesson_code.lab import Lab, Run, work, work_arq
from lesson_code.lab.engines.fake import Commands
from lesson_code.lab.stage.stage import Stage


class RealPlace:
    """A database of a real Redis, with a real clock: no job can be starved there."""

    def __init__(self, lab: Lab):
        self.lab, self.redis = lab, lab.redis

    def work(self, workers: int = 1, last: str = "") -> Run:
        return work(self.lab, workers, with_scheduler=True)

    def let_pass(self, hours: float) -> None:
        """Delete all data that would have expired by then."""
        for key in self.redis.scan_iter("rq:*"):
            if 0 < self.redis.ttl(key) <= hours * 3600:
                self.redis.delete(key)

    def pool(self) -> ArqRedis:
        return self.lab.arq()

    def run_async(self, coroutine: Awaitable) -> Any:
        return asyncio.run(coroutine)

    async def work_arq(self, pool: ArqRedis, *settings: type, **options: Any) -> Run:
        return await work_arq(pool, *settings, **options)


Place = Stage | RealPlace  # a trial is played in one


def is_real() -> bool:
    return bool(os.environ.get("REDIS_URL"))


def counted(stage: Stage) -> Stage:
    """Count the round trips on this stage, which goes on as before."""

    def before(commands: Commands) -> None:
        effort.trip()
        stage.baton.give_way()

    async def before_async(commands: Commands) -> None:
        effort.trip()
        await asyncio.sleep(0)

    stage.before, stage.before_async = before, before_async
    return stage


@contextmanager
def place() -> Iterator[Place]:
    """Provide a fresh, empty place to play, and tidy up after it."""
    if is_real():
        lab = Lab()
        try:
            yield RealPlace(lab)
        finally:
            lab.close()
    else:
        stage = counted(Stage())
        with stage.open():
            yield stage
