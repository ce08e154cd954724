"""Every way in which a task can end, as tasks: each notes its effect first."""

import asyncio
import sys
import threading

from arq import Retry as ArqRetry
from rq import Retry
from rq.timeouts import JobTimeoutException

effects: list[str] = []


class Unreadable(Exception):
    """An error that is pickled without a complaint, and cannot be read back."""

    def __init__(self, code: int, text: str):
        super().__init__(f"{code}: {text}")


def note(name: str) -> None:
    effects.append(name)


def returns(*given):
    note("task")
    return "done"


async def returns_later(*given):
    note("task")
    await asyncio.sleep(0)
    return "done"


def returns_no_json(*given):
    note("task")
    return {1, 2}


def returns_what_nobody_can_store(*given):
    note("task")
    return threading.Lock()


def returns_retry(*given):
    note("task")
    return Retry(max=3)


async def raises_arqs_retry(*given):
    note("task")
    raise ArqRetry(defer=0.001)


def raises(*given):
    note("task")
    raise ValueError("no")


async def raises_later(*given):
    note("task")
    await asyncio.sleep(0)
    raise ValueError("no")


def raises_unreadable(*given):
    note("task")
    raise Unreadable(7, "no")


def exits(*given):
    note("task")
    sys.exit(1)


def times_out(*given):
    """End as RQ ends a job whose time is over: it raises this in the task."""
    note("task")
    raise JobTimeoutException("too late")


async def takes_too_long(*given):
    note("task")
    await asyncio.sleep(60)


async def is_cancelled(*given):
    note("task")
    raise asyncio.CancelledError


# What stands around the task.


def before(*given):
    note("before")
    return "before"


def undo_before(*given):
    note("undo before")


def undo(*given):
    note("undo")


def after(*given):
    note("after")
    return [*given]


def fallback(*given):
    note("fallback")
    return "fallback"
