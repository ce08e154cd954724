"""Connections to a borrowed database, which report in one sentence that its Redis is gone.

RQ's workers would retry forever on redis-py's own ConnectionError.
"""

from typing import TypeVar

import redis
from redis import asyncio as aioredis

from lesson_code.lab.server.address import one_sentence
from lesson_code.lab.server.claim import Claim

Pool = TypeVar("Pool", "Borrowed", "AsyncBorrowed")


class Borrowed(redis.ConnectionPool):
    """redis-py's pool; it raises RedisUnavailable when it cannot connect (again)."""

    claim: Claim

    def get_connection(self, *args, **kwargs):
        with one_sentence(self.claim.url):
            return super().get_connection(*args, **kwargs)


class AsyncBorrowed(aioredis.ConnectionPool):
    """The same pool for ARQ."""

    claim: Claim

    async def get_connection(self, *args, **kwargs):
        with one_sentence(self.claim.url):
            return await super().get_connection(*args, **kwargs)


def connections(kind: type[Pool], claim: Claim) -> Pool:
    """Return a pool of connections to the claimed database."""
    pool = kind.from_url(claim.url)
    pool.claim = claim
    return pool
