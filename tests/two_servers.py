"""A real server and the embedded Redis for a script of commands, each with its own time."""

import time
from typing import Protocol

from redis import Redis

from lesson_code.lab.engines.fake import EmbeddedRedis
from lesson_code.lab.stage.clock import Clock


class TooSlow(Exception):
    """A key may have expired before the script said so: the play proves nothing."""


class Server(Protocol):
    """A server and its time. `check` raises TooSlow if a key may have expired by itself."""

    redis: Redis

    def check(self, life: int) -> None: ...
    def wait(self, life: int) -> None: ...


class Real:
    """A real server. Its time passes by itself."""

    def __init__(self, redis: Redis):
        self.redis = redis
        redis.flushdb()
        redis.script_flush()
        self.since = self.now()  # each key that lives LIFE was set after this moment

    def now(self) -> float:
        """Return the milliseconds on its clock."""
        seconds, microseconds = self.redis.time()
        return seconds * 1000 + microseconds / 1000

    def check(self, life: int) -> None:
        if self.now() - self.since > life - 1:
            raise TooSlow

    def wait(self, life: int) -> None:
        self.check(life)
        end = self.now() + life + 1  # each key that lives LIFE was set before this moment
        while self.now() < end:
            time.sleep(0.001)
        self.since = self.now()


class Fake:
    """The embedded Redis, on a clock that a wait puts forward."""

    def __init__(self, clock: Clock):
        self.redis = EmbeddedRedis().client()
        self.clock = clock

    def check(self, life: int) -> None:
        """Do nothing, because no key expires by itself."""

    def wait(self, life: int) -> None:
        self.clock.put_forward((life + 2) / 1000)
