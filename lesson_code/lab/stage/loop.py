"""An event loop on the clock: when nothing can go on, time jumps to the next moment it can."""

import asyncio
from collections.abc import Callable
from typing import Any

from lesson_code.lab.stage.baton import WaitsForEver
from lesson_code.lab.stage.clock import Clock

Idle = Callable[[float | None], bool]


class _NoWait:
    """A selector that waits for no socket: the clock goes forward instead."""

    def __init__(self, clock: Clock, idle: Idle):
        self.clock, self.idle = clock, idle

    def select(self, timeout: float | None = None) -> list:
        if timeout != 0 and self.idle(timeout):
            return []
        if timeout is None:
            raise WaitsForEver
        self.clock.put_forward(timeout)
        return []


class ClockLoop(asyncio.BaseEventLoop):
    """Coroutines take turns as on any loop; their waits take no time.

    A call for a thread (`asyncio.to_thread`) runs at once and in this thread. When no coroutine can
    go on, the loop first calls `idle(seconds)`, which returns True if it has made one go on. The
    seconds are those until the next timer; None if there is none.
    """

    def __init__(self, clock: Clock, idle: Idle = lambda seconds: False):
        super().__init__()
        self.clock = clock
        self._selector = _NoWait(clock, idle)

    def _process_events(self, events: list) -> None:
        """Process no events: none comes from a socket."""

    def _write_to_self(self) -> None:
        """Wake nothing: no other thread waits."""

    def time(self) -> float:
        return self.clock.passed

    def run_in_executor(self, executor: Any, func: Callable, *args: Any) -> asyncio.Future:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future
