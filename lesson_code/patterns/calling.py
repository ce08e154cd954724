"""Calling a task on an event loop, so that it ends its own job, in whichever way it ends."""

import asyncio
import pickle
from collections.abc import Callable
from inspect import isawaitable, iscoroutinefunction
from typing import Any


class TaskFailed(Exception):
    """A task has failed in a way that the queue could not have told: its error in words."""


async def call(task: Callable, *args: Any) -> Any:
    """Call a plain or a coroutine function, on the event loop of the worker.

    Raises what it raises. Only two kinds come as TaskFailed: SystemExit, which would end the whole
    worker (ARQ 0.28.0), and an error that no client could read back from Redis.
    """
    return await _told(task, *args)


async def call_in_thread(task: Callable, *args: Any) -> Any:
    """Do the same, but call a plain function in a thread: the worker goes on meanwhile."""
    if iscoroutinefunction(task):
        return await _told(task, *args)
    return await _told(asyncio.to_thread, task, *args)


async def _told(task: Callable, *args: Any) -> Any:
    try:
        result = task(*args)
        while isawaitable(result):  # a plain function may return a coroutine, in its thread, too
            result = await result
        return result
    except SystemExit as error:
        raise TaskFailed(f"SystemExit: {error}") from None
    except Exception as error:
        if (told := readable(error)) is error:
            raise
        raise told from error


def readable(error: Exception) -> Exception:
    """Return the error, or TaskFailed with its words if it does not survive pickle, ARQ's default
    way to keep it.
    """
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return TaskFailed(f"{type(error).__name__}: {error}")
    return error
