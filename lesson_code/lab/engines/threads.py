"""Stacks where there are threads: each stack is a thread."""

import _thread
import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")
LoopFactory = Callable[[], asyncio.AbstractEventLoop]
here = threading.get_ident
pause = time.sleep  # the real one, even while a clock of ours replaces it


def Gate() -> _thread.LockType:
    """Return a closed lock of Python's own, because `threading` may be patched meanwhile."""
    gate = _thread.allocate_lock()
    gate.acquire()
    return gate


class Stack(threading.Thread):
    def __init__(self, run: Callable[[], None], name: str | None = None):
        super().__init__(target=run, name=name, daemon=True)


def run_apart(coroutine: Coroutine[Any, Any, T], loop_factory: LoopFactory | None = None) -> T:
    """Run the coroutine in another thread, on a loop of that kind."""

    def run() -> T:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(coroutine)

    with ThreadPoolExecutor(1) as another_thread:
        return another_thread.submit(copy_context().run, run).result()
