"""A client of Redis that can only read: every other command raises before it is sent."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from redis import ConnectionPool, Redis, ResponseError
from redis.client import Pipeline

# None of them writes, blocks, or runs a script.
READING = {
    *("PING", "TIME", "INFO", "CONFIG GET", "SCAN", "EXISTS", "PTTL"),
    *("GET", "GETRANGE", "HGET", "HMGET", "LLEN", "LRANGE", "SSCAN", "SISMEMBER"),
    *("ZCARD", "ZRANGE", "XREVRANGE"),
}
STEP = 500  # elements that one command asks for: a server of today needs less than 1 ms
PATIENCE = 10  # seconds that a server may take to answer
MAINTENANCE = "maint_notifications"  # options of redis-py 8.1, which it refuses with protocol 2


Progress = Callable[[int], None]  # it is called after each round trip, with its number of commands


def in_silence(commands: int) -> None:
    """Show no progress."""


class NotReading(RuntimeError):
    """A command was refused, because it might write."""


def check(*command: Any) -> None:
    """Raise NotReading unless the command is in READING."""
    if str(command[0]).upper() not in READING:
        raise NotReading(f"{command[0]} is no reading command: it was not sent")


class ReadingPipeline(Pipeline):
    """Several reading commands in one round trip."""

    progress: Progress = staticmethod(in_silence)

    def execute_command(self, *args, **options):
        check(*args)
        return super().execute_command(*args, **options)

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        answers = super().execute(raise_on_error)
        self.progress(len(answers))
        return answers


class ReadingClient(Redis):
    """A Redis for reading. Its answers are bytes."""

    progress: Progress = staticmethod(in_silence)

    def execute_command(self, *args, **options):
        check(*args)
        answer = super().execute_command(*args, **options)
        self.progress(1)
        return answer

    def pipeline(self, transaction=False, shard_hint=None) -> ReadingPipeline:
        pipe = ReadingPipeline(
            self.connection_pool, self.response_callbacks, transaction=False, shard_hint=shard_hint
        )
        pipe.progress = self.progress
        return pipe


def reading_client(redis: str | Redis, progress: Progress = in_silence) -> ReadingClient:
    """Return a reading client for a URL, or for the database of another client."""
    if isinstance(redis, str):
        patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        pool = ConnectionPool.from_url(redis, **patience)
    else:
        pool = redis.connection_pool
    kept = {name: one for name, one in pool.connection_kwargs.items() if MAINTENANCE not in name}
    options = {**kept, "decode_responses": False, "protocol": 2}
    client = ReadingClient.from_pool(
        ConnectionPool(connection_class=pool.connection_class, **options)
    )
    client.progress = progress
    return client


def scan(redis: ReadingClient, most: int | None = None, **what: str) -> Iterator[str]:
    """Yield the keys that SCAN finds with `match` or `_type`, each of them once."""
    seen: set[bytes] = set()
    for key in redis.scan_iter(count=2 * STEP, **what):
        if key not in seen:
            if most is not None and len(seen) == most:
                return
            seen.add(key)
            yield text(key)


def elements(redis: ReadingClient, key: str, most: int) -> Iterator[str]:
    """Yield up to `most` elements of a list, a step at a time."""
    for start in range(0, most, STEP):
        found = redis.lrange(key, start, min(start + STEP, most) - 1)
        yield from map(text, found)
        if len(found) < STEP:
            return


def scored(redis: ReadingClient, key: str, most: int) -> Iterator[tuple[str, float]]:
    """Yield up to `most` members of a sorted set with their scores, a step at a time."""
    for start in range(0, most, STEP):
        try:
            found = redis.zrange(key, start, min(start + STEP, most) - 1, withscores=True)
        except ResponseError as error:
            if str(error).startswith("WRONGTYPE"):  # the key of another program
                return
            raise
        yield from ((text(member), score) for member, score in found)
        if len(found) < STEP:
            return


def asked(redis: ReadingClient, commands: Iterable[tuple]) -> Iterator[Any]:
    """Yield the answer of each command; a step's commands share a round trip.

    An answer of an unexpected type, as of a key that another program uses, is None.
    """
    rest = iter(commands)
    while some := list(islice(rest, STEP)):
        with redis.pipeline() as pipe:
            for command in some:
                pipe.execute_command(*command)
            for answer in pipe.execute(raise_on_error=False):
                if isinstance(answer, ResponseError) and not str(answer).startswith("WRONGTYPE"):
                    raise answer
                yield None if isinstance(answer, Exception) else answer


def text(value: bytes | str | None) -> str:
    """Return bytes as text; a byte that is no UTF-8 is shown as an escape."""
    if value is None:
        return ""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def glob(literal: str) -> str:
    """Return a pattern of SCAN that matches exactly this text."""
    return re.sub(r"([*?\[\]\\^])", r"\\\1", literal)
