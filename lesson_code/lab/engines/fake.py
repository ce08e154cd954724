"""fakeredis from inside: the embedded Redis as RQ's client and as ARQ's see it."""

from fakeredis import FakeServer, FakeStrictRedis
from fakeredis.aioredis import FakeAsyncRedisConnection
from redis import Redis
from redis.asyncio import ConnectionPool


class EmbeddedRedis:
    """A Redis in this process; all its clients see the same data."""

    def __init__(self):
        self._server = FakeServer()

    def client(self) -> Redis:
        return FakeStrictRedis(server=self._server)

    def async_connections(self) -> ConnectionPool:
        """Return connections for a client of asyncio."""
        return ConnectionPool(connection_class=FakeAsyncRedisConnection, server=self._server)
