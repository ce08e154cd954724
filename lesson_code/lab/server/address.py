"""The address of a real Redis: its databases, and what to say when it does not answer."""

import itertools
import re
from collections.abc import Iterator

from redis import Redis, RedisError
from redis.connection import parse_url

PATIENCE = 3  # seconds that a Redis may take to answer


class RedisUnavailable(RuntimeError):
    """The Redis at REDIS_URL cannot be used: the message says why, and both ways out."""

    def __init__(self, url: str, why: object):
        super().__init__(
            f"cannot use the Redis at {mask(url)}: {why}.\n"
            "Start that Redis or correct REDIS_URL (like redis://localhost:6379);\n"
            "or unset REDIS_URL and start Jupyter again, to use the lesson's embedded Redis."
        )


def mask(url: str) -> str:
    """Return `url` with user and password replaced by ***."""
    return re.sub(r"(password=)[^&]*", r"\1***", re.sub(r"//.*@", "//***@", url))


def databases(url: str) -> Iterator[tuple[str, Redis]]:
    """Yield the database that `url` names, else every database there: its URL and a client."""
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
