"""The stage: an embedded Redis on which workers take turns by one baton and one clock.

What happens here happens in the same order on every machine, at every load, in every process. (A
task that goes through a set of its own does so in the order of PYTHONHASHSEED.)
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest.mock import patch

from arq import ArqRedis
from redis import Redis
from redis.asyncio import ConnectionPool
from rq import Queue

from lesson_code.lab.engines.arq_staged import News, StagedArqRedis, StagedArqWorker
from lesson_code.lab.engines.fake import EmbeddedRedis, Packed
from lesson_code.lab.engines.rq import all_queues, forget_events, read_run
from lesson_code.lab.engines.rq_staged import callbacks_by_the_clock, sets_in_order
from lesson_code.lab.engines.stacks import run_apart
from lesson_code.lab.record import Run
from lesson_code.lab.stage.baton import Baton
from lesson_code.lab.stage.cast import Cast
from lesson_code.lab.stage.clock import Clock
from lesson_code.lab.stage.loop import ClockLoop, Idle
from lesson_code.lab.stage.work_arq import work_arq

ROUND_TRIP = 0.0004  # seconds on the clock: so what is enqueued later has a later time
BeforeJob = Callable[[str], Awaitable[None]]


async def nothing(job_id: str) -> None:
    """Let the job begin at once."""


class Stage:
    """Its Redis (`redis`, or `pool()` for ARQ), and workers that work off what is queued there."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.baton = Baton(self.clock)
        self.news = News()
        self.embedded = EmbeddedRedis()
        self.redis = self.client()
        self.before: Callable[[Packed], None] | None = None  # else each round trip gives way
        self.before_async: Callable[[Packed], Awaitable] | None = None
        self.idle: Idle = lambda seconds: False  # lets somebody go on when nobody can
        self.behind = self.embedded.client()  # looks at the Redis without giving way

    def client(self) -> Redis:
        """Return a new client for this Redis, as another process has one."""
        return self.embedded.watched_client(self._round_trip)

    def connections(self) -> ConnectionPool:
        """Return new connections for a client of asyncio."""
        return self.embedded.watched_async_connections(self._async_round_trip)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let this process live by the stage's clock."""
        luck = self.clock.ours(Random(0).randbytes, os.urandom)  # what uuid4 makes ids of
        waits = self.baton.instead_of_waiting()
        before = random.getstate()
        random.seed(0)  # SPOP takes it, too
        try:
            callbacks = callbacks_by_the_clock(self.baton.set_limit)
            seeded = patch.object(os, "urandom", luck)
            with self.clock.instead_of_time(), waits, seeded, callbacks, sets_in_order():
                yield
        finally:
            random.setstate(before)

    def work(self, workers: int = 1, last: str = "") -> Run:
        """Let RQ workers run all that is queued or scheduled. Return the Run.

        The job `last` is run only when there is nothing else to run, now or later.
        """
        forget_events(self.behind)
        queues = [Queue(queue.name, connection=self.redis) for queue in all_queues(self.behind)]
        if queues:
            Cast(queues, self, workers, last).work()
        return read_run(self.behind)

    def let_pass(self, hours: float) -> None:
        """Let that time go by, at once."""
        self.clock.put_forward(hours * 3600)

    def run_async(self, coroutine: Awaitable) -> Any:
        """Run a coroutine to its end, on the clock. Returns what it returns."""

        def loop() -> ClockLoop:
            return ClockLoop(self.clock, self.idle)

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            with asyncio.Runner(loop_factory=loop) as runner:
                return runner.run(coroutine)
        return run_apart(coroutine, loop)  # a notebook's own loop is running here

    def pool(self) -> ArqRedis:
        """Return a new client of ARQ's for this Redis."""
        pool = StagedArqRedis(self.connections())
        pool.news = self.news
        return pool

    async def work_arq(
        self, pool: ArqRedis, *settings: type, before: BeforeJob = nothing, **options: Any
    ) -> Run:
        """Let ARQ workers run all that is queued or deferred. Return the Run.

        `before(job_id)` is awaited before each job.
        """

        def worker(**given: Any) -> StagedArqWorker:
            new = StagedArqWorker(**given)
            new.clock, new.news, new.before = self.clock, self.news, before
            return new

        return await work_arq(pool, *settings, worker_class=worker, **options)

    def _round_trip(self, packed: Packed) -> None:
        self.clock.put_forward(ROUND_TRIP)
        if self.before:
            self.before(packed)
        else:
            self.baton.give_way()

    async def _async_round_trip(self, packed: Packed) -> None:
        self.clock.put_forward(ROUND_TRIP)
        await (self.before_async(packed) if self.before_async else asyncio.sleep(0))
