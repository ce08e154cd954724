"""A copy of the data in a Redis, so that the jobs that wait in it can be played on the stage."""

from collections.abc import Callable
from typing import Any

from redis import Redis
from rq import Queue

from lesson_code.lab.engines.rq import all_queues
from lesson_code.lab.stage.story import Story

Put = Callable[[Redis], Any]


def story_of(redis: Redis, workers: int = 1) -> Story:
    """Return the RQ jobs that are in this Redis now as a story for so many workers.

    Later changes of that Redis do not change the story. Raises ValueError if there is no job.
    """
    if not all_queues(redis):
        raise ValueError("no job is queued here: enqueue some first")
    copied = [put for key in sorted(redis.keys()) for put in _copied(redis, key)]

    def enqueue(*queues: Queue) -> None:
        for put in copied:
            put(queues[0].connection)

    return Story(enqueue, workers)


def _copied(redis: Redis, key: bytes) -> list[Put]:
    """Return a function that writes this key into another Redis."""
    puts = [_value(redis, key)]
    if (left := redis.pttl(key)) > 0:
        puts.append(lambda other: other.pexpire(key, left))
    return puts


def _value(redis: Redis, key: bytes) -> Put:
    match redis.type(key):
        case b"string":
            text = redis.get(key)
            return lambda other: other.set(key, text)
        case b"hash":
            table = redis.hgetall(key)
            return lambda other: other.hset(key, mapping=table)
        case b"list":
            items = redis.lrange(key, 0, -1)
            return lambda other: other.rpush(key, *items)
        case b"set":
            members = sorted(redis.smembers(key))
            return lambda other: other.sadd(key, *members)
        case b"zset":
            scores = dict(redis.zrange(key, 0, -1, withscores=True))
            return lambda other: other.zadd(key, scores)
        case b"stream":
            entries = redis.xrange(key)
            return lambda other: [other.xadd(key, fields, id=one) for one, fields in entries]
        case other:
            raise ValueError(f"{key!r} is of the type {other!r}, which no queue uses")
