"""The stage: an embedded Redis on which workers take turns by one baton and one clock.

A run here happens in the same order on every machine, at every load, in every process. Only a task
that goes through a set of its own does so in the order of PYTHONHASHSEED.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest.mock import patch

from arq import ArqRedis
from redis import Redis
from redis.asyncio import ConnectionPool
from rq import Queue

from lesson_code.lab.engines.arq_staged import News, StagedArqRedis, StagedArqWorker
from lesson_code.lab.engines.fake import Commands, EmbeddedRedis
from lesson_code.lab.engines.own_clients import own_clients_on
from lesson_code.lab.engines.rq import all_queues, forget_events, read_run
from lesson_code.lab.engines.rq_staged import callbacks_by_the_clock, sets_in_order
from lesson_code.lab.engines.stacks import here, run_apart
from lesson_code.lab.record import Run
from lesson_code.lab.stage.baton import Baton
from lesson_code.lab.stage.cast import Cast
from lesson_code.lab.stage.clock import Clock
from lesson_code.lab.stage.loop import ClockLoop, Idle
from lesson_code.lab.stage.work_arq import work_arq


@dataclass(frozen=True)
class Moment:
    """The time on the clock, and the states of the two generators of chance."""

    passed: float  # seconds
    luck: tuple  # of os.urandom, the source of ids
    chance: tuple  # of the module `random`


ROUND_TRIP = 0.0004  # seconds on the clock, so that a later job has a later time
BeforeJob = Callable[[str], Awaitable[None]]


async def nothing(job_id: str) -> None:
    """Start the job at once."""


class Stage:
    """An embedded Redis (`redis`, or `pool()` for ARQ), and workers that run its queued jobs.

    With `own_clients`, a client that a task has made itself reaches this Redis, too.
    """

    def __init__(self, own_clients: bool = False) -> None:
        self.own_clients = own_clients
        self.clock = Clock()
        self.baton = Baton(self.clock)
        self.news = News()
        self.embedded = EmbeddedRedis()
        self.redis = self.client()
        self.before: Callable[[Commands], None] | None = None  # else each round trip gives way
        self.before_async: Callable[[Commands], Awaitable] | None = None  # True: its answer is late
        self.idle: Idle = lambda seconds: False  # makes a worker go on when none can
        self.behind = self.embedded.client()  # looks at the Redis without giving way
        self.luck = Random(0)

    def client(self) -> Redis:
        """Return a new client for this Redis, as another process has one."""
        return self.embedded.watched_client(self._round_trip)

    def connections(self) -> ConnectionPool:
        """Return new connections for a client of asyncio."""
        return self.embedded.watched_async_connections(self._async_round_trip)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Put this process on the stage's clock."""
        luck = self.clock.ours(self.luck.randbytes, os.urandom)  # the source of uuid4's ids
        waits = self.baton.instead_of_waiting()
        before = random.getstate()
        random.seed(0)  # SPOP uses it, too
        try:
            callbacks = callbacks_by_the_clock(self.baton.set_limit)
            seeded = patch.object(os, "urandom", luck)
            own = self._own_clients() if self.own_clients else nullcontext()
            with self.clock.instead_of_time(), waits, seeded, callbacks, sets_in_order(), own:
                yield
        finally:
            random.setstate(before)

    def _own_clients(self) -> AbstractContextManager:
        return own_clients_on(
            self.embedded.server,
            self._round_trip,
            self._async_round_trip,
            lambda: here() in self.clock.players,
        )

    def moment(self, passed: float) -> Moment:
        """Return the present moment, but with that time."""
        return Moment(passed, self.luck.getstate(), random.getstate())

    def go_back_to(self, moment: Moment) -> None:
        """Set the clock and the generators of chance back to that moment."""
        self.clock.passed = moment.passed
        self.luck.setstate(moment.luck)
        random.setstate(moment.chance)

    def work(self, workers: int = 1, last: str = "") -> Run:
        """Run all queued and scheduled jobs with RQ workers. Return the Run.

        The job `last` is run only when there is nothing else to run, now or later.
        """
        forget_events(self.behind)
        queues = [Queue(queue.name, connection=self.redis) for queue in all_queues(self.behind)]
        if queues:
            Cast(queues, self, workers, last).work()
        return read_run(self.behind)

    def let_pass(self, hours: float) -> None:
        """Put the clock forward by that time, at once."""
        self.clock.put_forward(hours * 3600)

    def run_async(self, coroutine: Awaitable) -> Any:
        """Run a coroutine to its end, on the clock. Return its result."""

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
        """Run all queued and deferred jobs with ARQ workers. Return the Run.

        `before(job_id)` is awaited before each job.
        """

        def worker(**given: Any) -> StagedArqWorker:
            new = StagedArqWorker(**given)
            new.clock, new.news, new.before = self.clock, self.news, before
            return new

        return await work_arq(pool, *settings, worker_class=worker, **options)

    def _round_trip(self, commands: Commands) -> None:
        self.clock.put_forward(ROUND_TRIP)
        if self.before:
            self.before(commands)
        else:
            self.baton.give_way()

    async def _async_round_trip(self, commands: Commands) -> float:
        """Return for how many seconds the answer is on its way."""
        self.clock.put_forward(ROUND_TRIP)
        waits = await (self.before_async(commands) if self.before_async else asyncio.sleep(0))
        return ROUND_TRIP if waits else 0.0
