"""Counting the commands to Redis: a cost that no busy machine changes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from redis import Redis
from redis.client import Pipeline


@contextmanager
def counted_commands() -> Iterator[Counter[str]]:
    """Count the commands that all clients of this process send in here, by name."""
    commands: Counter[str] = Counter()

    def counting(execute):
        def execute_command(self, *args, **options):
            commands[str(args[0]).upper()] += 1
            return execute(self, *args, **options)

        return execute_command

    with (
        patch.object(Redis, "execute_command", counting(Redis.execute_command)),
        patch.object(Pipeline, "execute_command", counting(Pipeline.execute_command)),
    ):
        yield commands
