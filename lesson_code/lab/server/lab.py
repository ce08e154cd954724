"""An empty Redis for the lesson: embedded in this process, or the one at REDIS_URL."""

import os
import weakref
from importlib.metadata import version

from arq import ArqRedis
from redis import Redis

from lesson_code.lab.engines.arq_notes import RecordingArqRedis
from lesson_code.lab.engines.fake import EmbeddedRedis
from lesson_code.lab.server.address import mask
from lesson_code.lab.server.claim import Claim


class Lab:
    """A Redis that is empty when it opens and leaves nothing behind when it closes.

    Without a URL it is a fakeredis in this process; with one, an empty database of that Redis
    (see `Claim`). `Lab()` takes the URL from the environment variable REDIS_URL.
    Raises RedisUnavailable when that Redis cannot be used: it never falls back to the fake.

    `redis` is the client to give to RQ; `url` names the database, None for the fake.
    """

    def __init__(self, url: str | None = None):
        url = url or os.environ.get("REDIS_URL", "").strip()
        self._claim = Claim(url) if url else None
        self._server = None if url else EmbeddedRedis()
        self.url = self._claim.url if url else None
        self.redis = Redis.from_url(self.url) if url else self._server.client()
        release = self._claim.release if url else self.redis.flushdb
        self.close = weakref.finalize(self, release)  # also when the kernel ends

    @property
    def backend(self) -> str:
        """What answers: "embedded fakeredis 2.40.0" or "Redis 7.0.15 at redis://…"."""
        if self.url is None:
            return f"embedded fakeredis {version('fakeredis')}"
        return f"Redis {self.redis.info('server')['redis_version']} at {mask(self.url)}"

    def arq(self) -> ArqRedis:
        """Return a new client of ARQ's for the same Redis; `await` its `aclose()` when done."""
        if self.url:
            return RecordingArqRedis.from_url(self.url)
        return RecordingArqRedis(self._server.async_connections())

    def empty(self) -> None:
        """Forget everything in this Redis: a clean table for the next scene."""
        (self._claim.empty if self._claim else self.redis.flushdb)()
