"""RQ's own keys, which an answer changes with RQ's functions and not by hand."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

import redis
from redis.client import Pipeline

from lesson_code.exercises.check.counted import FILE

OF_REDIS = str(Path(redis.__file__).parent)
OF_MANY_KEYS = {"DEL", "UNLINK", "RENAME", "EVAL", "EVALSHA"}
OF_ONE_KEY = {"SET", "HSET", "HDEL", "SADD", "SREM", "ZADD", "ZREM"}
OF_ONE_KEY |= {"LPUSH", "RPUSH", "LREM", "LPOP", "RPOP"}


@contextmanager
def nothing_by_hand() -> Iterator[None]:
    """Refuse the commands with which the answer itself changes a key of RQ's.

    The command then raises PermissionError. RQ and the lesson itself may send them for an answer.
    """
    with ExitStack() as stack:
        for client in (redis.Redis, Pipeline):
            checked = _checked(client.execute_command)
            stack.enter_context(patch.object(client, "execute_command", checked))
        yield


def _checked(execute: Callable) -> Callable:
    @wraps(execute)
    def checked(client: Any, *words: Any, **options: Any) -> Any:
        command = str(words[0]).upper()
        keys = [key for key in map(_text, _written(command, words)) if key.startswith("rq:")]
        if keys and _is_sent_by_an_answer():
            raise PermissionError(
                f"`{command} {keys[0]}` changes a key of RQ behind its back: use the functions of a"
                " job, a queue or a registry"
            )
        return execute(client, *words, **options)

    return checked


def _written(command: str, words: tuple) -> tuple:
    """Return the words that may be keys which this command changes."""
    if command in OF_MANY_KEYS:
        return words[1:]
    return words[1:2] if command in OF_ONE_KEY else ()


def _text(word: Any) -> str:
    return word.decode(errors="replace") if isinstance(word, bytes) else str(word)


def _is_sent_by_an_answer() -> bool:
    frame = sys._getframe()
    while frame and frame.f_code.co_filename.startswith((OF_REDIS, __file__)):
        frame = frame.f_back
    return bool(frame) and frame.f_code.co_filename == FILE
