"""Counting round trips to Redis: a single command, or a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import redis
import redis.asyncio
from redis.asyncio.client import Pipeline as AsyncPipeline
from redis.client import Pipeline


@contextmanager
def counted_trips() -> Iterator[list[str]]:
    """Keep what all clients of this process send meanwhile, a word for each round trip."""
    trips: list[str] = []

    def counting(function, alone: bool):
        def send(self, *args, **options):
            trips.append(str(args[0]) if alone else "EXEC")
            return function(self, *args, **options)

        return send

    patches = [
        patch.object(client, name, counting(getattr(client, name), alone))
        for client, name, alone in (
            (redis.Redis, "execute_command", True),
            (redis.asyncio.Redis, "execute_command", True),
            (Pipeline, "immediate_execute_command", True),
            (AsyncPipeline, "immediate_execute_command", True),
            (Pipeline, "execute", False),
            (AsyncPipeline, "execute", False),
        )
    ]
    for one in patches:
        one.start()
    try:
        yield trips
    finally:
        for one in patches:
            one.stop()
