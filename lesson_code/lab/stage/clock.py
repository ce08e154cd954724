"""One clock: its time goes forward only when nothing can go on, so no test waits for real."""

import datetime
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

from lesson_code.lab.engines import arq_staged, rq_staged
from lesson_code.lab.engines.stacks import Stack, here
from lesson_code.lab.stage.own_names import own_names

THREAD_EVENT = "lesson_code.thread"  # for Python's audit hooks: a task starts a thread
NAMES = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep")
real = datetime.datetime  # even for a stage that is opened on a stage
REAL = {name: getattr(time, name) for name in NAMES}
START = 1_800_000_000.0  # 2027-01-15: each run begins at this moment, so two runs are the same


class Clock:
    """Seconds that have passed since START. A program calls `sleep`; it takes no time."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.players: set[int] = set()  # the threads that live by this clock

    def now(self) -> float:
        """Return the seconds since 1970, as `time.time()` does; each call takes a microsecond."""
        return START + self.tick()

    def tick(self) -> float:
        self.passed += 1e-6  # or a loop that waits for a later time would never end
        return self.passed

    def put_forward(self, seconds: float) -> None:
        """Put the time forward at once; never backwards."""
        self.passed += max(0.0, seconds)

    def sleep(self, seconds: float) -> None:
        """Put this clock forward, in place of `time.sleep`."""
        self.put_forward(seconds)

    @contextmanager
    def instead_of_time(self) -> Iterator[None]:
        """Make this clock the time for the calling thread and the threads that it starts.

        They read this clock wherever they ask for the time, or sleep. All other threads use real
        time.
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
            known = {real: Datetime} | {REAL[name]: function for name, function in new.items()}
            for module, name, thing in own_names(known):
                patches.enter_context(patch.object(module, name, known[thing]))
            yield

    def ours(self, function: Callable, worlds: Callable) -> Callable:
        """Return a function that calls `function` on this stage, and `worlds` elsewhere."""

        def told(*args):
            return (function if here() in self.players else worlds)(*args)

        return told

    @contextmanager
    def _with_players(self) -> Iterator[None]:
        """Add this thread to the players, and each thread that a player starts."""
        really_start = threading.Thread.start

        def start(thread: threading.Thread) -> None:
            if here() in self.players:
                if not isinstance(thread, Stack):
                    sys.audit(THREAD_EVENT)  # Python itself tells it from 3.12 on only
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
