"""Waits that adapt to the machine: a verdict depends on events, not on how busy it is.

On a machine too busy for any verdict, the test is skipped, and says so.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lesson_code.exercises.check import said

FUSE = 60.0  # seconds on a quiet machine, for what takes one or two there
TOO_BUSY = 16.0  # times as slow as a quiet one: then nothing can be said
STEPS = 500_000  # of the loop that measures a machine
A_SECOND = 20_000_000  # such steps, on a machine that is quick


def slowdown() -> float:
    """Return how many times as long everything takes here now as on a quiet machine, at least 1."""
    start, spent = time.perf_counter(), time.process_time()
    for _ in range(STEPS):
        pass
    passed, own = time.perf_counter() - start, time.process_time() - spent
    load = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 1.0
    return max(1.0, load, passed / max(own, 1e-3))


def until(condition: Callable[[], object], seconds: float = FUSE) -> None:
    """Wait until the condition holds. Fails the test when that takes longer than so many seconds of
    a quiet machine.
    """
    start = time.monotonic()
    while not condition():
        if (passed := time.monotonic() - start) > seconds:
            _late(passed, seconds)
        time.sleep(0.02)


def skip_if_busy(told: object) -> None:
    """Skip the test if that is what a check says of a machine that is too busy."""
    if said.BUSY in str(told):
        pytest.skip(said.BUSY)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail the test if this takes longer than so many seconds of a quiet machine."""
    start = time.monotonic()
    yield
    if (passed := time.monotonic() - start) > seconds:
        _late(passed, seconds)


def _late(passed: float, seconds: float) -> None:
    slow = slowdown()
    if slow > TOO_BUSY:
        pytest.skip(f"this machine is too busy to say: all takes {slow:.0f} times as long")
    if passed > seconds * slow:
        pytest.fail(f"{passed:.1f} s have passed, and {seconds} s of a quiet machine are allowed")


def steps(work: Callable[[], object]) -> float:
    """Return what the work costs on any machine: how many steps of an empty loop take as long.

    Only this thread counts, and no garbage of earlier tests is collected meanwhile.
    """
    gc.collect()
    gc.disable()
    try:
        start = time.thread_time()
        work()
        spent, start = time.thread_time() - start, time.thread_time()
        for _ in range(STEPS):
            pass
        return STEPS * spent / (time.thread_time() - start)
    finally:
        gc.enable()
