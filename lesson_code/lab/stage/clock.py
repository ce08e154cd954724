"""One clock: its time goes forward only when nobody can go on, so nobody waits for real."""

import datetime
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from lesson_code.lab.engines import arq_staged, rq_staged

real = datetime.datetime  # also for a stage that is opened on a stage
START = 1_800_000_000.0  # each run begins at this moment, on 2027-01-15, so two runs are the same


class Clock:
    """Seconds that have passed since START. `sleep` is what a program calls; it takes no time."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.strangers: set[int] = set()  # threads that were there before: a kernel's own

    def now(self) -> float:
        """Return the seconds since 1970, as `time.time()` does; to look costs a microsecond."""
        return START + self.tick()

    def tick(self) -> float:
        self.passed += 1e-6  # or who looks at the clock until it is late enough would look for ever
        return self.passed

    def put_forward(self, seconds: float) -> None:
        """Let time go by at once; never backwards."""
        self.passed += max(0.0, seconds)

    def sleep(self, seconds: float) -> None:
        """Do what `time.sleep` does, on this clock."""
        self.put_forward(seconds)

    @contextmanager
    def instead_of_time(self) -> Iterator[None]:
        """Let this process read this clock wherever it asks for the time, or sleeps.

        Other threads that are there already go on by the time of the world.
        """
        clock, ident = self, threading.get_ident
        self.strangers = {one.ident for one in threading.enumerate()} - {ident()}

        class Meta(type):
            def __instancecheck__(cls, one: object) -> bool:
                return isinstance(one, real)

        class Datetime(real, metaclass=Meta):
            @classmethod
            def now(cls, tz=None) -> real:
                return real.fromtimestamp(time.time(), tz)

            @classmethod
            def utcnow(cls) -> real:
                return real.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)

        def ours(function: Callable, worlds: Callable) -> Callable:
            def told(*args):
                return (worlds if ident() in clock.strangers else function)(*args)

            return told

        new = {
            "time": clock.now,
            "time_ns": lambda: int(clock.now() * 1e9),
            "monotonic": clock.tick,
            "monotonic_ns": lambda: int(clock.tick() * 1e9),
            "perf_counter": clock.tick,
            "sleep": lambda seconds: clock.sleep(seconds),
        }
        with ExitStack() as patches:
            new = {name: ours(function, getattr(time, name)) for name, function in new.items()}
            for name, function in new.items():
                patches.enter_context(patch.object(time, name, function))
            patches.enter_context(patch.object(datetime, "datetime", Datetime))
            for module, name in (*rq_staged.READS_TIME, *arq_staged.READS_TIME):
                there = Datetime if name == "datetime" else new[name]
                patches.enter_context(patch(f"{module}.{name}", there))
            yield
