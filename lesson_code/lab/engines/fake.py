"""The internals of fakeredis: the embedded Redis as RQ's client and as ARQ's see it."""

import asyncio
import pickle
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

from fakeredis import FakeRedisConnection, FakeServer
from fakeredis.aioredis import FakeAsyncRedisConnection, FakeReader, FakeWriter
from redis import ConnectionPool, Redis
from redis.asyncio import ConnectionPool as AsyncPool

from lesson_code.lab.engines.fake_commands import OURS, AsyncSocket, Socket

Commands = list[list[bytes]]  # of a round trip: each the name of a command and its arguments


class InOrder(set):
    """The members of a set, in an order that is the same in every process."""

    def __iter__(self) -> Iterator:
        return iter(sorted(super().__iter__()))


class Unpacked:
    """A connection that passes each command on as a list of words.

    It neither packs the command into bytes nor parses it again.
    """

    def made(self, socket: type) -> Any:
        """Return the server's side of this connection."""
        return socket(
            self._server,
            self.db,
            client_class=self._client_class,
            lua_modules=self._lua_modules,
            client_info=self._client_info,
        )

    def pack_command(self, *args: Any) -> Commands:
        first = args[0].encode() if isinstance(args[0], str) else args[0]
        return [[*first.split(), *map(self.encoder.encode, args[1:])]]

    def pack_commands(self, commands: Iterable[tuple]) -> Commands:
        return [words for command in commands for words in self.pack_command(*command)]

    def hand_over(self, commands: Commands) -> None:
        for words in commands:
            if words[0] in OURS:
                words = [OURS[words[0]], *words[1:]]
            self._sock._process_command(words)


class Connection(Unpacked, FakeRedisConnection):
    """A connection for redis-py's client."""

    def send_command(self, *args: Any, **kwargs: Any) -> None:
        self.send_packed_command(self.pack_command(*args))

    def send_packed_command(self, command: Commands, check_health: bool = True) -> None:
        if not self._sock:
            self.connect()
        self.hand_over(command)

    def _connect(self) -> Any:
        socket = self.made(Socket)
        socket.responses = SimpleQueue()  # faster than a Queue
        return socket


class AsyncConnection(Unpacked, FakeAsyncRedisConnection):
    """A connection for redis-py's client for asyncio, and so for ARQ's."""

    async def send_command(self, *args: Any, **kwargs: Any) -> None:
        await self.send_packed_command(self.pack_command(*args))

    async def send_packed_command(self, command: Commands, check_health: bool = True) -> None:
        if not self.is_connected:
            await self.connect()
        self.hand_over(command)

    async def _connect(self) -> None:
        self._sock = self.made(AsyncSocket)
        self._reader, self._writer = FakeReader(self._sock), FakeWriter(self._sock)


class WatchedConnection(Connection):
    """Calls `before_each(commands)` before each round trip."""

    def __init__(self, before_each: Callable[[Commands], None], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before_each = before_each

    def send_packed_command(self, command: Commands, check_health: bool = True) -> None:
        self.before_each(command)
        super().send_packed_command(command)


class WatchedAsyncConnection(AsyncConnection):
    """Awaits `before_each(commands)` before each round trip.

    That may return for how many seconds the answer is on its way, as with a real server. Meanwhile
    the event loop goes on, and may cancel the task that waits for the answer.
    """

    def __init__(self, before_each: Callable[[Commands], Awaitable], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before_each = before_each

    async def send_packed_command(self, command: Commands, check_health: bool = True) -> None:
        seconds = await self.before_each(command)
        await super().send_packed_command(command)
        if seconds:
            try:
                await asyncio.sleep(seconds)
            except BaseException:  # redis-py does so: the answer must not reach another command
                await self.disconnect(nowait=True)
                raise


class Pool(ConnectionPool):
    """Lends connections without what only a socket needs: a lock, and the number of the process."""

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        """Lend the connection that was given back last, or a new one."""
        try:
            connection = self._available_connections.pop()
        except IndexError:
            connection = self.make_connection()
        self._in_use_connections.add(connection)
        connection.connect()
        if connection.can_read():  # an answer that nobody has read
            connection.disconnect()
            connection.connect()
        return connection

    def release(self, connection: Any) -> None:
        """Take the connection back."""
        if connection in self._in_use_connections:
            self._in_use_connections.remove(connection)
            self._available_connections.append(connection)


Kept = tuple[bytes, float | None]  # an item, pickled, and when it expires (seconds since 1970)


@dataclass(frozen=True)
class Snapshot:
    """The data of a Redis at one moment. Two snapshots are equal if their data are equal."""

    values: dict[tuple[int, bytes], Kept]  # by database and key
    scripts: dict[bytes, bytes]

    def without(self, key: bytes) -> "Snapshot":
        """Return a copy without that key in any database."""
        left = {where: kept for where, kept in self.values.items() if where[1] != key}
        return Snapshot(left, self.scripts)

    def expires(self, key: bytes) -> float:
        """Return when that key of the first database expires, in seconds since 1970.

        Return -inf if the key does not exist.
        """
        if (kept := self.values.get((0, key))) is None:
            return float("-inf")
        return float("inf") if kept[1] is None else kept[1]


class EmbeddedRedis:
    """A Redis in this process; all its clients see the same data."""

    def __init__(self):
        self._server = FakeServer()
        self.changes = 0  # of keys of the first database
        self._server.dbs[0].add_change_callback(self._count)

    @property
    def server(self) -> FakeServer:
        """Return the server, for clients that were made elsewhere."""
        return self._server

    def _count(self) -> None:
        self.changes += 1

    def save(self) -> Snapshot:
        """Return a copy of all data."""
        values = {
            (number, key): (pickle.dumps(item), item.expireat)
            for number, database in self._server.dbs.items()
            for key, item in database._dict.items()
        }
        return Snapshot(values, dict(self._server.script_cache))

    def load(self, saved: Snapshot) -> None:
        """Write the data of the snapshot into this Redis, which must be empty."""
        for (number, key), (item, _) in saved.values.items():
            self._server.dbs[number][key] = pickle.loads(item)
        self._server.script_cache = dict(saved.scripts)

    def holds_one_of(self, keys: Iterable[str]) -> bool:
        """Return whether one of these keys is in the first database, without a round trip."""
        return any(key.encode() in self._server.dbs[0] for key in keys)

    def members(self, key: str) -> set[bytes]:
        """Return the members of this set of the first database, without a round trip."""
        item = self._server.dbs[0].get(key.encode())
        return set(item.value) if item else set()

    def client(self) -> Redis:
        return self._client(Connection)

    def async_connections(self) -> AsyncPool:
        """Return connections for a client for asyncio."""
        return AsyncPool(connection_class=AsyncConnection, server=self._server)

    def watched_client(self, before_each: Callable[[Commands], None]) -> Redis:
        """Return a client that calls `before_each(commands)` before each of its round trips."""
        client = self._client(partial(WatchedConnection, before_each))
        client.set_response_callback("SMEMBERS", InOrder)
        return client

    def watched_async_connections(self, before_each: Callable[[Commands], Awaitable]) -> AsyncPool:
        """Return connections that await `before_each(commands)` before each round trip."""
        watched = partial(WatchedAsyncConnection, before_each)
        return AsyncPool(connection_class=watched, server=self._server)

    def _client(self, connection: Callable[..., Connection]) -> Redis:
        host = uuid4().hex  # as in fakeredis, so that ids made later stay the same
        pool = Pool(connection_class=connection, server=self._server, host=host)
        return Redis(connection_pool=pool)
