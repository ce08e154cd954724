"""Clients of a task's own, such as a module's `Redis()`: on the stage they reach its Redis, too.

A pool of connections hands out connections to the embedded Redis instead of its own ones. They
decode answers as the pool's own do. All its databases are the first one of the embedded Redis.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import redis.asyncio.connection as asynchronous
import redis.connection as synchronous
from fakeredis import FakeRedisConnection, FakeServer
from fakeredis.aioredis import FakeAsyncRedisConnection

from lesson_code.lab.engines.fake import Commands, WatchedAsyncConnection, WatchedConnection

KEPT = ("decode_responses", "encoding", "encoding_errors")  # options of a connection


@contextmanager
def own_clients_on(
    server: FakeServer,
    before_each: Callable[[Commands], None],
    before_each_async: Callable[[Commands], Awaitable],
    is_ours: Callable[[], bool],
) -> Iterator[None]:
    """Make each client that is used where `is_ours()` reach this server.

    `before_each` is called before each of their round trips.
    """
    there: dict[int, Any] = {}  # the pool that is used instead of another, by its identity
    lent: dict[int, Any] = {}  # which of them has lent a connection

    def instead_of(pool: Any, connection: Any) -> Any:
        if id(pool) not in there:
            kept = {
                name: pool.connection_kwargs[name]
                for name in KEPT
                if name in pool.connection_kwargs
            }
            # the pool itself is kept, too, so that no other one gets its identity
            there[id(pool)] = pool, _plain(pool)(connection_class=connection, server=server, **kept)
        return there[id(pool)][1]

    get, release = synchronous.ConnectionPool.get_connection, synchronous.ConnectionPool.release
    get_async = asynchronous.ConnectionPool.get_connection
    release_async = asynchronous.ConnectionPool.release

    def get_connection(pool: Any, *args: Any, **kwargs: Any) -> Any:
        if not (is_ours() and _is_real(pool)):
            return get(pool, *args, **kwargs)
        mine = instead_of(pool, partial(WatchedConnection, before_each))
        connection = get(mine, *args, **kwargs)
        lent[id(connection)] = mine
        return connection

    def give_back(pool: Any, connection: Any) -> None:
        release(lent.pop(id(connection), pool), connection)

    async def get_connection_async(pool: Any, *args: Any, **kwargs: Any) -> Any:
        if not (is_ours() and _is_real(pool)):
            return await get_async(pool, *args, **kwargs)
        mine = instead_of(pool, partial(WatchedAsyncConnection, before_each_async))
        connection = await get_async(mine, *args, **kwargs)
        lent[id(connection)] = mine
        return connection

    async def give_back_async(pool: Any, connection: Any) -> None:
        await release_async(lent.pop(id(connection), pool), connection)

    with (
        patch.object(synchronous.ConnectionPool, "get_connection", get_connection),
        patch.object(synchronous.ConnectionPool, "release", give_back),
        patch.object(asynchronous.ConnectionPool, "get_connection", get_connection_async),
        patch.object(asynchronous.ConnectionPool, "release", give_back_async),
    ):
        yield


def _is_real(pool: Any) -> bool:
    """Return whether the connections of this pool go to a server."""
    fake = FakeRedisConnection, FakeAsyncRedisConnection
    return isinstance(pool.connection_class, type) and not issubclass(pool.connection_class, fake)


def _plain(pool: Any) -> type:
    is_async = isinstance(pool, asynchronous.ConnectionPool)
    return asynchronous.ConnectionPool if is_async else synchronous.ConnectionPool
