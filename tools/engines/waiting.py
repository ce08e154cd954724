"""Waiting, and no longer than the state asks for."""

import time
from collections.abc import Callable

from tools.engines.watch import Watch

TICK = 0.02  # seconds between two looks
SLOW = 0.1  # the same, for a look at all processes of the machine


def until(over: Callable[[], object], limit: float) -> bool:
    """Wait until `over`, or so many seconds; return whether it is over."""
    end = time.monotonic() + limit
    while not (done := over()) and time.monotonic() < end:
        time.sleep(TICK)
    return bool(done)


def until_idle(
    watch: Watch,
    seconds: float,
    limit: float,
    over: Callable[[], object] = bool,
    tick: float = TICK,
) -> None:
    """Wait until the worker has done nothing but poll for so many seconds, or until `over`.

    A worker that has not yet sent its first poll is still starting. `limit` is the longest wait.
    """
    end = time.monotonic() + limit
    while time.monotonic() < end and not over():
        if watch.striking or not watch.tally.armed:
            watch.last = time.monotonic()
        if time.monotonic() - watch.last > seconds:
            return
        time.sleep(tick)
