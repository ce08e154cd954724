"""Stacks where there are no threads: each is a task whose stack is put aside while it waits.

Pyodide has one thread. With JSPI (`run_sync`) a whole stack waits for a promise, and others go on.
"""

import asyncio
import gc
import threading
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import rq.job
import rq.utils
from pyodide.ffi import run_sync
from pyodide.webloop import WebLoop, _orig_sleep
from rq import SimpleWorker
from rq.job import _job_stack
from rq.timeouts import TimerDeathPenalty

T = TypeVar("T")
LoopFactory = Callable[[], asyncio.AbstractEventLoop]
MAIN = 0  # the stack of a cell, and of any code that this module did not start
_numbers = count(1)
_ours: dict[asyncio.Task, int] = {}
_aside = 0  # stacks that wait
_times = [datetime.min.replace(tzinfo=UTC)]  # the time that RQ last got


def here() -> int:
    try:
        return _ours.get(asyncio.current_task(), MAIN)
    except RuntimeError:  # no event loop is running
        return MAIN


class Gate:
    """A closed lock. Only one stack at a time waits at it."""

    def __init__(self) -> None:
        self.is_open = False
        self.told: asyncio.Future | None = None

    def release(self) -> None:
        self.is_open = True
        if self.told and not self.told.done():
            self.told.set_result(None)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if blocking and not self.is_open:
            self.told = asyncio.get_running_loop().create_future()
            _wait(self.told, None if timeout < 0 else timeout)
        came, self.is_open = self.is_open, False
        return came

    def locked(self) -> bool:
        return not self.is_open


class Stack:
    """The methods of a thread that the stage uses."""

    def __init__(self, run: Callable[[], None], name: str | None = None):
        self.run, self.name, self.ident = run, name, next(_numbers)
        self.task: asyncio.Task | None = None

    def start(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self._live())
        _ours[self.task] = self.ident

    def is_alive(self) -> bool:
        return self.task is not None and not self.task.done()

    def join(self, timeout: float | None = None) -> None:
        if self.is_alive():
            _wait(self.task, timeout)

    async def _live(self) -> None:
        try:
            self.run()
        finally:
            _ours.pop(self.task)


def pause(seconds: float) -> None:
    _wait(asyncio.get_running_loop().create_future(), seconds)


def run_apart(coroutine: Coroutine[Any, Any, T], loop_factory: LoopFactory | None = None) -> T:
    """Run the coroutine on the page's loop, or with `loop_factory` on a loop of its own.

    On a loop of its own it runs as if no other loop were running: nothing else goes on meanwhile.
    """
    if loop_factory is None:
        return run_sync(asyncio.ensure_future(coroutine))
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    _leave_task(loop, task)
    asyncio._set_running_loop(None)
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(coroutine)
    finally:
        asyncio._set_running_loop(loop)
        _enter_task(loop, task)


def install() -> None:
    """Make RQ tell jobs apart by their stacks, and replace its threads.

    RQ's timers and its listener for commands are left out. A call for a thread, and a wait for a
    notification, run on a stack.
    """
    _job_stack.__ident_func__ = here
    SimpleWorker.death_penalty_class = TimerDeathPenalty
    TimerDeathPenalty.new_timer = lambda self: NoTimer()
    SimpleWorker.subscribe = SimpleWorker.unsubscribe = lambda self: None
    rq.job.now = _later_each_time
    WebLoop.run_in_executor = _on_a_stack
    threading.Condition.wait = _until_told


class NoTimer:
    """A timer that never ends a job."""

    def start(self) -> None: ...
    def cancel(self) -> None: ...


def _later_each_time() -> datetime:
    """Return RQ's current time, later with each call.

    A browser's clock is coarse, and RQ sorts jobs by their times.
    """
    _times.append(max(rq.utils.now(), _times.pop() + timedelta(microseconds=1)))
    return _times[0]


def _on_a_stack(loop: WebLoop, executor: Any, call: Callable, *args: Any) -> asyncio.Future:
    """Run the call on a stack of its own, in place of a thread (`asyncio.to_thread`)."""
    future = loop.create_future()

    def run() -> None:
        try:
            result = call(*args)
        except BaseException as error:
            future.done() or future.set_exception(error)
        else:
            future.done() or future.set_result(result)

    Stack(run).start()
    return future


def _until_told(condition: threading.Condition, timeout: float | None = None) -> bool:
    """Wait as `Condition.wait` does; events, barriers and queues use it.

    A stack of ours lets the others go on; a coroutine blocks its loop, and does not.
    """
    told = Gate()
    condition._waiters.append(told)
    saved = condition._release_save()
    try:
        if here() != MAIN:
            return told.acquire(timeout=-1 if timeout is None else timeout)
        if timeout is None:
            raise RuntimeError("this would wait forever, because nothing else can run meanwhile")
        _orig_sleep(timeout)
        return told.is_open
    finally:
        condition._acquire_restore(saved)
        if told in condition._waiters:
            condition._waiters.remove(told)


def _wait(future: asyncio.Future, timeout: float | None) -> None:
    """Put this stack aside until the future is done, or the timeout has passed.

    Python 3.14 crashes when it collects garbage while a stack is put aside.
    """
    global _aside
    _aside += 1
    gc.disable()
    try:
        run_sync(asyncio.wait([future], timeout=timeout))
    finally:
        _aside -= 1
        if not _aside:
            gc.enable()
