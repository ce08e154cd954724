"""Tasks with arguments, results and errors that cannot be pickled, or not be read back.

A worker has to import them.
"""

import os
import threading
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from arq.connections import RedisSettings


class OneWay:
    """Can be pickled, and not be unpickled."""

    def __reduce__(self) -> tuple:
        return _never, ()


def _never() -> None:
    raise TypeError("this cannot be read")


class TwoWords(Exception):
    """Can be pickled, and not be unpickled."""

    def __init__(self, one: str, other: str):
        super().__init__(f"{one} and {other}")


class Locked(Exception):
    """Cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("it is locked")
        self.lock = threading.Lock()


class Mute(Exception):
    """Has no words."""

    def __str__(self) -> str:
        raise ValueError("no words")


def give(value: Any = "fine") -> Any:
    return value


def give_a_lock() -> Any:
    return threading.Lock()


def give_one_way() -> OneWay:
    return OneWay()


def raise_two_words() -> None:
    raise TwoWords("this", "that")


def raise_locked() -> None:
    raise Locked


def raise_mute() -> None:
    raise Mute


ENDS = (give_a_lock, give_one_way, raise_two_words, raise_locked, raise_mute)


def for_arq(task: Callable) -> Callable[..., Awaitable]:
    @wraps(task)
    async def run(ctx: dict, *args: Any) -> Any:
        return task(*args)

    return run


class Tasks:
    functions = (*map(for_arq, (give, *ENDS)),)


class Process:
    """The settings of a worker process: `python -m arq tests.unreadable.Process`."""

    functions = Tasks.functions  # ARQ does not look into base classes
    redis_settings = RedisSettings.from_dsn(os.environ.get("ARQ_URL", "redis://"))
