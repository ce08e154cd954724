"""fakeredis from inside: the embedded Redis as RQ's client and as ARQ's see it."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

from fakeredis import FakeRedisConnection, FakeServer, FakeStrictRedis
from fakeredis.aioredis import FakeAsyncRedisConnection
from redis import Redis
from redis.asyncio import ConnectionPool

INFO = b"# Server\r\nredis_version:7.0.15\r\n"  # RQ asks it: an old server has no LMOVE
Packed = bytes | list[bytes]


class InOrder(set):
    """The members of a set, in the same order in every process."""

    def __iter__(self) -> Iterator:
        return iter(sorted(super().__iter__()))


class Connection(FakeRedisConnection):
    """Says INFO, which fakeredis does not."""

    asked_info = False

    def send_packed_command(self, command: Packed, *args, **kwargs) -> None:
        self.asked_info = b"".join(command).startswith(b"*2\r\n$4\r\nINFO\r\n")
        if not self.asked_info:
            super().send_packed_command(command, *args, **kwargs)

    def read_response(self, *args, **kwargs) -> Any:
        if self.asked_info:
            self.asked_info = False
            return INFO
        return super().read_response(*args, **kwargs)


class WatchedConnection(Connection):
    """Calls `before_each(packed)` before each round trip."""

    def __init__(self, before_each: Callable[[Packed], None], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before_each = before_each

    def send_packed_command(self, command: Packed, *args, **kwargs) -> None:
        self.before_each(command)
        super().send_packed_command(command, *args, **kwargs)


class WatchedAsyncConnection(FakeAsyncRedisConnection):
    """Awaits `before_each(packed)` before each round trip."""

    def __init__(self, before_each: Callable[[Packed], Awaitable], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before_each = before_each

    async def send_packed_command(self, command: Packed, *args, **kwargs) -> None:
        await self.before_each(command)
        await super().send_packed_command(command, *args, **kwargs)


class EmbeddedRedis:
    """A Redis in this process; all its clients see the same data."""

    def __init__(self):
        self._server = FakeServer()

    def client(self) -> Redis:
        return FakeStrictRedis(server=self._server, connection_class=Connection)

    def async_connections(self) -> ConnectionPool:
        """Return connections for a client of asyncio."""
        return ConnectionPool(connection_class=FakeAsyncRedisConnection, server=self._server)

    def watched_client(self, before_each: Callable[[Packed], None]) -> Redis:
        """Return a client that calls `before_each(packed)` before each of its round trips."""
        watched = partial(WatchedConnection, before_each)
        client = FakeStrictRedis(server=self._server, connection_class=watched)
        client.set_response_callback("SMEMBERS", InOrder)
        return client

    def watched_async_connections(
        self, before_each: Callable[[Packed], Awaitable]
    ) -> ConnectionPool:
        """Return connections that await `before_each(packed)` before each of their round trips."""
        watched = partial(WatchedAsyncConnection, before_each)
        return ConnectionPool(connection_class=watched, server=self._server)
