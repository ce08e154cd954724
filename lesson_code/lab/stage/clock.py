"""One clock: its time goes forward only when nobody can go on, so nobody waits for real."""

import datetime
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

from lesson_code.lab.engines import arq_staged, rq_staged
from lesson_code.lab.engines.stacks import here

real = datetime.datetime  # also for a stage that is opened on a stage
START = 1_800_000_000.0  # each run begins at this moment, on 2027-01-15, so two runs are the same


class Clock:
    """Seconds that have passed since START. `sleep` is what a program calls; it takes no time."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.players: set[int] = set()  # the threads that live by this clock

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
        """Let who opens this, and the threads that start from there, read this clock wherever they
        ask for the time, or sleep. All other threads go on by the time of the world.
        """

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

        new = {
            "time": self.now,
            "time_ns": lambda: int(self.now() * 1e9),
            "monotonic": self.tick,
            "monotonic_ns": lambda: int(self.tick() * 1e9),
            "perf_counter": self.tick,
            "sleep": lambda seconds: self.sleep(seconds),
        }
        with ExitStack() as patches:
            patches.enter_context(self._with_players())
            new = {name: self.ours(one, getattr(time, name)) for name, one in new.items()}
            for name, function in new.items():
                patches.enter_context(patch.object(time, name, function))
            patches.enter_context(patch.object(datetime, "datetime", Datetime))
            for module, name in (*rq_staged.READS_TIME, *arq_staged.READS_TIME):
                there = Datetime if name == "datetime" else new[name]
                patches.enter_context(patch(f"{module}.{name}", there))
            yield

    def ours(self, function: Callable, worlds: Callable) -> Callable:
        """Return what calls `function` on this stage, and `worlds` elsewhere."""

        def told(*args):
            return (function if here() in self.players else worlds)(*args)

        return told

    @contextmanager
    def _with_players(self) -> Iterator[None]:
        """Know the thread that is here, and each that is started by one that is known."""
        really_start = threading.Thread.start

        def start(thread: threading.Thread) -> None:
            if here() in self.players:
                thread.run = partial(self._play, thread.run)
            really_start(thread)

        self.players.add(here())
        with patch.object(threading.Thread, "start", start):
            yield

    def _play(self, run: Callable[[], None]) -> None:
        self.players.add(here())
        try:
            run()
        finally:
            self.players.discard(here())
