"""The address of a real Redis: its databases, and a clear error when it does not answer."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager

from redis import ConnectionError, Redis, RedisError, TimeoutError
from redis.connection import parse_url

from lesson_code.lab.look.as_run import NothingFound
from lesson_code.lab.look.client import reading_client

PATIENCE = 3  # seconds that a Redis may take to answer


class RedisUnavailable(RuntimeError):
    """The Redis at REDIS_URL cannot be used: the message says why, and both ways out."""

    def __init__(self, url: str, why: object):
        super().__init__(
            f"cannot use the Redis at {mask(url)}: {why}.\n"
            "Start that Redis or correct REDIS_URL (like redis://localhost:6379);\n"
            "or unset REDIS_URL and start Jupyter again, to use the lesson's embedded Redis."
        )


class DatabaseGone(RedisUnavailable):
    """The database that a lab borrowed belongs to another owner now: the lab leaves it alone."""

    def __init__(self, url: str):
        RuntimeError.__init__(
            self,
            f"the lab's database at {mask(url)} is gone: that Redis was emptied or restarted."
            " Run this notebook again from its first cell.",
        )


def mask(url: str) -> str:
    """Return `url` with user and password, and all options but the database, replaced by ***."""
    return re.sub(r"([?&](?!db=)[^=&]*=)[^&]*", r"\1***", re.sub(r"//.*@", "//***@", url))


def clean(url: str) -> str:
    """Return `url` without surrounding spaces and without slashes after its path."""
    address, mark, options = url.strip().partition("?")
    return re.sub(r"(?<=[^/:])/+$", "", address) + mark + options


def reason(error: Exception) -> str:
    """Return in a few words what is wrong with an address, without a password from it."""
    words = str(error).rstrip(".")
    if isinstance(error, RedisError):
        return words
    if words.startswith("Port"):
        return "its port is no number up to 65535 (a / in a password has to be written as %2F)"
    if option := re.search(r"unexpected keyword argument '(\w+)'", words):
        return f"there is no option {option[1]!r}"
    if words.startswith("Invalid value"):
        return words
    return "not a redis://, rediss:// or unix:// address"


@contextmanager
def one_sentence(url: str | None) -> Iterator[None]:
    """Turn the loss of the connection into RedisUnavailable, with one sentence."""
    try:
        yield
    except (ConnectionError, TimeoutError) as error:
        raise RedisUnavailable(url or "", reason(error)) from None


class CannotLook(RuntimeError):
    """The jobs of a Redis cannot be read; the message says why, without a password."""


@contextmanager
def looking(redis: str | Redis) -> Iterator[None]:
    """Turn the errors of a look at this Redis into CannotLook, with one sentence.

    An error in our own code stays what it is.
    """
    where, password = "redis", None
    if isinstance(redis, str):
        where = mask(redis)
        try:
            reading_client(redis).connection_pool.make_connection()  # it does not connect yet
            password = parse_url(redis).get("password")
        except (ValueError, TypeError) as error:
            raise CannotLook(f"cannot read the Redis at {where}: {reason(error)}.") from None
    try:
        yield
    except NothingFound as error:
        raise CannotLook(f"in the Redis at {where}, {error}.") from None
    except (RedisError, OSError) as error:
        why = " ".join(reason(error).split()) if isinstance(error, RedisError) else str(error)
        why = why.replace(password, "***") if password else why
        raise CannotLook(f"cannot read the Redis at {where}: {why}.") from None


def databases(url: str) -> Iterator[tuple[str, Redis]]:
    """Yield the database that `url` names, else every database of that server: its URL and a
    client.
    """
    patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    if "db" in parse_url(url):
        yield url, Redis.from_url(url, **patience)
        return
    for number in itertools.count():
        one = f"{url}{'&' if '?' in url else '?'}db={number}"
        redis = Redis.from_url(one, **patience)
        try:
            redis.ping()
        except RedisError as error:
            if "DB index is out of range" in str(error):
                return
            raise
        yield one, redis
