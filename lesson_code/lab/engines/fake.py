"""fakeredis from inside: the embedded Redis as RQ's client and as ARQ's see it."""

from collections.abc import Awaitable, Callable

from fakeredis import FakeRedisConnection, FakeServer, FakeStrictRedis
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

    def watched_client(self, before_each: Callable[[], None]) -> Redis:
        """Return a client that calls `before_each` before each of its round trips."""

        class Connection(FakeRedisConnection):
            def send_packed_command(self, *args, **kwargs) -> None:
                before_each()
                super().send_packed_command(*args, **kwargs)

        return FakeStrictRedis(server=self._server, connection_class=Connection)

    def watched_async_connections(self, before_each: Callable[[], Awaitable]) -> ConnectionPool:
        """Return connections that await `before_each()` before each of their round trips."""

        class Connection(FakeAsyncRedisConnection):
            async def send_packed_command(self, *args, **kwargs) -> None:
                await before_each()
                await super().send_packed_command(*args, **kwargs)

        return ConnectionPool(connection_class=Connection, server=self._server)
