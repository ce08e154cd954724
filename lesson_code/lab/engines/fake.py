"""fakeredis from inside: the embedded Redis as RQ's client and as ARQ's see it."""

from collections.abc import Awaitable, Callable
from functools import partial

from fakeredis import FakeRedisConnection, FakeServer, FakeStrictRedis
from fakeredis.aioredis import FakeAsyncRedisConnection
from redis import Redis
from redis.asyncio import ConnectionPool


class WatchedConnection(FakeRedisConnection):
    """Calls `before_each` before each round trip."""

    def __init__(self, before_each: Callable[[], None], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before_each = before_each

    def send_packed_command(self, *args, **kwargs) -> None:
        self.before_each()
        super().send_packed_command(*args, **kwargs)


class WatchedAsyncConnection(FakeAsyncRedisConnection):
    """Awaits `before_each()` before each round trip."""

    def __init__(self, before_each: Callable[[], Awaitable], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before_each = before_each

    async def send_packed_command(self, *args, **kwargs) -> None:
        await self.before_each()
        await super().send_packed_command(*args, **kwargs)


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

        watched = partial(WatchedConnection, before_each)
        return FakeStrictRedis(server=self._server, connection_class=watched)

    def watched_async_connections(self, before_each: Callable[[], Awaitable]) -> ConnectionPool:
        """Return connections that await `before_each()` before each of their round trips."""
        watched = partial(WatchedAsyncConnection, before_each)
        return ConnectionPool(connection_class=watched, server=self._server)
