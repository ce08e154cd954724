"""An empty Redis for the lesson: embedded in this process, or the one at REDIS_URL."""

import os
import weakref
from collections.abc import Callable
from importlib.metadata import version

from arq import ArqRedis
from redis import Redis, ResponseError

from lesson_code.lab.engines.arq_notes import RecordingArqRedis
from lesson_code.lab.engines.fake import Commands, EmbeddedRedis
from lesson_code.lab.look.chosen import read_chosen
from lesson_code.lab.record import Run
from lesson_code.lab.server.address import clean, looking, mask
from lesson_code.lab.server.claim import Claim
from lesson_code.lab.server.connections import AsyncBorrowed, Borrowed, connections
from lesson_code.lab.server.own import NoOwnServer, own_server


class Lab:
    """A Redis that is empty when it opens and keeps no data when it closes.

    Without a URL it is a fakeredis in this process; with one, an empty database of that Redis (see
    `Claim`). `Lab()` takes the URL from the environment variable REDIS_URL.

    Raises RedisUnavailable when that Redis cannot be used: it never falls back to the fake.

    `redis` is the client for RQ; `url` names the database, None for the fake; `claim` is our hold
    on it.
    """

    def __init__(self, url: str | None = None):
        if not url and (url := clean(os.environ.get("REDIS_URL", ""))):
            os.environ["REDIS_URL"] = url  # ARQ reads it too, and accepts no space and no slash
        self.claim = Claim(url) if url else None
        self._server = None if url else EmbeddedRedis()
        self.url = self.claim.url if url else None
        self.redis = (
            Redis.from_pool(connections(Borrowed, self.claim)) if url else self._server.client()
        )
        release = self.claim.release if url else self.redis.flushdb
        self.close = weakref.finalize(self, release)  # even when the kernel ends

    @staticmethod
    def look(
        url: str | Redis,
        job: str | None = None,
        run: str | None = None,
        queue: str | None = None,
        show_data: bool = False,
    ) -> Run:
        """Return the jobs of RQ and ARQ in any Redis: a URL, or a client's database.

        Nothing in that Redis is changed.
        `job` is an id, `run` the beginning of ids ("order-7" of "order-7-charge"), `queue` the name
        of a queue: only such jobs are returned, with all jobs that dependencies connect with them.
        Arguments, results and the messages of errors are hidden unless `show_data` is true.

        Raises CannotLook.
        """
        with looking(url):
            return read_chosen(url, job, run, queue, show_data)[0]

    @property
    def backend(self) -> str:
        """Return its name: "embedded fakeredis 2.40.0" or "Redis 7.0.15 at redis://…"."""
        if self.url is None:
            return f"embedded fakeredis {version('fakeredis')}"
        try:
            return f"Redis {self.redis.info('server')['redis_version']} at {mask(self.url)}"
        except ResponseError:  # this user may not INFO
            return f"Redis at {mask(self.url)}"

    def real(self) -> "Lab":
        """Return an empty lab that worker processes can reach: this one, or one on a server that
        the lesson starts and that ends with this process.

        If that server cannot run, print the reason, and return this lab.
        """
        if self.url is None:
            try:
                return Lab(own_server())
            except NoOwnServer as why:
                print(f"No worker processes here, as {why}: threads take their place.")
        self.empty()
        return self

    def watched(self, before_each: Callable[[Commands], None]) -> Redis:
        """Return a client of the embedded Redis that calls `before_each` before each round trip."""
        return self._server.watched_client(before_each)

    def arq(self) -> ArqRedis:
        """Return a new client of ARQ's for the same Redis; `await` its `aclose()` when done."""
        if self.url:
            return RecordingArqRedis.from_pool(connections(AsyncBorrowed, self.claim))
        return RecordingArqRedis(self._server.async_connections())

    def empty(self) -> None:
        """Forget all data in this Redis, for the next scene."""
        (self.claim.empty if self.claim else self.redis.flushdb)()

    def check(self) -> None:
        """Raise RedisUnavailable if a real Redis, or this lab's database on it, is gone."""
        if self.claim:
            self.claim.check()
