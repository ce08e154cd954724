"""A borrowed empty database of a real Redis, which is given back as it was."""

import itertools
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from redis import Redis, RedisError, ResponseError, WatchError
from redis.client import Pipeline
from redis.connection import parse_url

from lesson_code.lab.server.address import (
    DatabaseGone,
    RedisUnavailable,
    clean,
    databases,
    one_sentence,
    reason,
)

KEY = "lesson:lab"  # in each borrowed database: its borrower, "host:pid:number"
REFUSED = {  # options of an address, and why
    "decode_responses": "RQ and ARQ read bytes",
    "protocol": "RQ's latest_result(timeout=…) fails with an explicit protocol=3",
}
_numbers = itertools.count(1)


class Claim:
    """An empty database of the Redis at `url`, borrowed until `release()`.

    It is the database that the URL names, else the first empty one. A key of ours marks a borrowed
    database, so two labs never share one, and only a borrowed database is ever flushed.

    Raises RedisUnavailable when the Redis does not answer or has no empty database to lend.
    """

    def __init__(self, url: str):
        self.token = f"{socket.gethostname()}:{os.getpid()}:{next(_numbers)}"
        url = clean(url)
        refusal = "none of its databases is empty; empty one"
        try:
            for option in REFUSED.keys() & parse_url(url).keys():
                raise RedisUnavailable(url, f"{REFUSED[option]}: leave {option} out")
            for self.url, self.redis in databases(url):
                if not (why := self._borrow(named=self.url == url)):
                    return
                if self.url == url:
                    refusal = f"its database {why}; name an empty one"
        except (RedisError, ValueError, TypeError) as error:
            refusal = reason(error)
        raise RedisUnavailable(url, refusal)

    def check(self) -> None:
        """Raise DatabaseGone if the database is no longer ours."""
        with one_sentence(self.url):
            if self.redis.get(KEY) != self.token.encode():
                raise DatabaseGone(self.url)

    def empty(self) -> None:
        """Forget all data in the database, and keep it. Raises DatabaseGone."""
        with one_sentence(self.url):
            if not _flush(self.redis, self.token, then=self.token):
                raise DatabaseGone(self.url)

    def release(self) -> None:
        """Empty the database and give it back; do nothing if it is no longer ours."""
        with suppress(RedisError):
            _flush(self.redis, self.token)
        self.redis.close()

    def _borrow(self, named: bool) -> str | None:
        """Take the database; return the reason if that fails. A lab of this process gives way."""
        owner = (self.redis.get(KEY) or b"").decode()
        if owner and (_is_dead(owner) or (named and _is_ours(owner))):
            _flush(self.redis, owner)
        with self.redis.pipeline() as both:
            taken, size = both.set(KEY, self.token, nx=True).dbsize().execute()
        if not taken:
            return f"is in use by another lab ({owner})"
        if size > 1:
            self.redis.delete(KEY)
            return f"holds {size - 1} keys that are not the lesson's"


def sweep(url: str) -> None:
    """Give back the databases that killed labs of this machine have left."""
    for _, redis in databases(clean(url)):
        owner = (redis.get(KEY) or b"").decode()
        if owner and _is_dead(owner):
            _flush(redis, owner)


def _is_ours(owner: str) -> bool:
    host, pid, _ = owner.rsplit(":", 2)
    return host == socket.gethostname() and int(pid) == os.getpid()


def _is_dead(owner: str) -> bool:
    host, pid, _ = owner.rsplit(":", 2)
    import psutil  # only here: a browser has no psutil

    return host == socket.gethostname() and not psutil.pid_exists(int(pid))


def _flush(redis: Redis, owner: str, then: str | None = None) -> bool:
    """Empty the database if `owner` still holds it, and hand it to `then`.

    Return whether it was emptied.
    """
    try:
        return _exchange(redis, owner, then, Pipeline.flushdb)
    except ResponseError:  # this user may not FLUSHDB
        keys = list(redis.scan_iter(count=1000))
        return _exchange(redis, owner, then, lambda pipe: pipe.unlink(*keys))


def _exchange(
    redis: Redis, owner: str, then: str | None, wipe: Callable[[Pipeline], object]
) -> bool:
    """Wipe the database and hand it over in one transaction, unless its owner changes meanwhile."""
    with redis.pipeline() as pipe:
        pipe.watch(KEY)
        if pipe.get(KEY) != owner.encode():
            return False
        pipe.multi()
        wipe(pipe)
        if then:
            pipe.set(KEY, then)
        try:
            pipe.execute()
        except WatchError:
            return False
    return True
