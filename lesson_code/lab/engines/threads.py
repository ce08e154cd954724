"""Stacks where there are threads: each is one."""

import _thread
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
here = threading.get_ident
pause = time.sleep  # also while somebody has put a clock in its place


def Gate() -> _thread.LockType:
    """Return a closed lock of Python's own: `threading` may be patched meanwhile."""
    gate = _thread.allocate_lock()
    gate.acquire()
    return gate


class Stack(threading.Thread):
    def __init__(self, run: Callable[[], None], name: str | None = None):
        super().__init__(target=run, name=name, daemon=True)


def apart(call: Callable[[], T]) -> T:
    """Call it in another thread: in a notebook an event loop is running in this one."""
    with ThreadPoolExecutor(1) as another_thread:
        return another_thread.submit(copy_context().run, call).result()
