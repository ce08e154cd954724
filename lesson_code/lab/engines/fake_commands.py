"""The commands that fakeredis answers differently from a real server, for RQ and ARQ."""

from math import inf
from typing import Any

from fakeredis._commands import command
from fakeredis._msgs import FLAG_NO_SCRIPT
from fakeredis.aioredis import AsyncFakeSocket

INFO = b"# Server\r\nredis_version:7.0.15\r\n"  # RQ asks for it: an old server has no LMOVE
OURS = {b"INFO": b"LESSON.INFO", b"BLMOVE": b"LESSON.BLMOVE"}  # what is asked instead


class AsAServer:
    """The server's side of a connection: it answers as Redis does, where fakeredis does not."""

    watched_until = inf  # when the first of the watched keys expires, in seconds since 1970

    @command(name="LESSON.INFO", fixed=(), repeat=(bytes,))
    def info(self, *sections: bytes) -> bytes:
        """Answer INFO, which fakeredis does not know."""
        return INFO

    @command(name="LESSON.BLMOVE", fixed=(bytes,) * 5, flags=FLAG_NO_SCRIPT)
    def wait_and_move(self, *words: bytes) -> Any:
        """Wait for an element; to BLMOVE, fakeredis answers at once that there is none."""
        *move, timeout = words
        lmove = self._name_to_func("lmove")
        return self._blocking(float(timeout), lambda first: self._run_command(*lmove, move, False))

    def sadd(self, key: Any, *members: bytes) -> int:
        """Leave the key as it is if it has all these members already: no WATCH sees a change."""
        if all(map(key.value.__contains__, members)):
            return 0
        return super().sadd(key, *members)

    def psetex(self, key: Any, milliseconds: int, value: bytes) -> Any:
        """Keep the key for so long; fakeredis rounds the time of its end down to a second."""
        answer = super().psetex(key, milliseconds, value)
        key.expireat = self._db.time + milliseconds / 1000
        return answer

    def setex(self, key: Any, seconds: int, value: bytes) -> Any:
        """Do the same for seconds."""
        answer = super().setex(key, seconds, value)
        key.expireat = self._db.time + seconds
        return answer

    def watch(self, *keys: Any) -> Any:
        """Note when these keys expire, because a key that expires has changed."""
        until = self.watched_until if self._watches else inf
        answer = super().watch(*keys)
        for key in keys:
            if key.expireat is not None:
                until = min(until, key.expireat)
        self.watched_until = until
        return answer

    def exec_(self, *conditions: bytes) -> Any:
        """Run the transaction, unless a watched key has expired since."""
        if self.watched_until < self._db.time and self._watches:
            self.notify_watch()
        return super().exec_(*conditions)  # they come with fakeredis 2.41


class Socket(AsAServer, AsyncFakeSocket.__base__):
    """That side for redis-py's client."""


class AsyncSocket(AsAServer, AsyncFakeSocket):
    """That side for redis-py's client for asyncio."""
