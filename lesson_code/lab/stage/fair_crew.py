"""Workers on the embedded Redis take fair turns, so that a run is the same each time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from rq import Queue
from rq.timeouts import TimerDeathPenalty

from lesson_code.lab.engines.rq_workers import CrewWorker, Taken
from lesson_code.lab.engines.stacks import Stack, pause
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.baton import Baton, Player, always
from lesson_code.lab.stage.clock import Clock
from lesson_code.lab.stage.crew import Crew

MOMENT = 0.005  # seconds until a waiting worker looks again


class OpenBaton(Baton):
    """A baton on real time: its players may also wait for events from outside of the play.

    An interrupt reaches a player that waits for its turn, too; it is raised when it has the turn.
    """

    def _next(self, player: Player) -> Player | None:
        here = self.players.index(player) + 1
        while waiting := [one for one in self.players[here:] + self.players[:here] if not one.gone]:
            for one in waiting:
                if one.ready():
                    return one
            first = min(waiting, key=lambda one: one.wakes)
            if first.wakes <= self.clock.passed:
                return first
            pause(MOMENT)
            self.clock.put_forward(min(MOMENT, first.wakes - self.clock.passed))
        return None

    def _give(self, player: Player) -> None:
        player.has_turn = True
        super()._give(player)

    def _get(self, player: Player) -> None:
        try:
            while not player.gate.acquire(timeout=10 * MOMENT):
                pass
        except BaseException:
            player.ready = always
            while not player.has_turn:
                pause(MOMENT)
            player.gate.acquire(blocking=False)
            raise
        finally:
            player.has_turn = False


class Deadline:
    """A timer without a thread: the next caller that looks at it makes it end in time."""

    def __init__(self, seconds: float, end: Callable[[], None], of: list["Deadline"]):
        self.seconds, self.end, self.of = seconds, end, of

    def start(self) -> None:
        self.at = time.monotonic() + self.seconds
        self.of.append(self)

    def cancel(self) -> None:
        if self in self.of:
            self.of.remove(self)


class FairCrew(Crew):
    """A crew whose workers give way before each round trip to Redis, and wherever they wait."""

    def __init__(self, lab: Lab, queues: list[Queue], names: list[str], pace: float):
        self.baton = OpenBaton(Clock())
        client = lab.watched(lambda packed: self.baton.give_way())
        super().__init__([Queue(one.name, connection=client) for one in queues], names, pace)
        self.behind = lab.redis  # looks without giving way
        self.deadlines: list[Deadline] = []
        crew = self

        class Penalty(TimerDeathPenalty):
            def new_timer(self) -> Deadline:
                return Deadline(self._timeout, self.handle_death_penalty, crew.deadlines)

        for worker in self.workers:
            worker.death_penalty_class = Penalty

    def work(self, on_change: Callable[[], None]) -> None:
        with self.baton.instead_of_waiting(), self._instead_of_sleep():
            super().work(on_change)

    def take(self, worker: CrewWorker, dequeue: Callable[[], Taken]) -> Taken:
        while True:
            self.busy += 1
            found = None
            try:
                if found := dequeue():
                    return found
            finally:
                self.busy -= not found
            if not self.busy or worker.leaving:
                return None
            self.baton.wait_until(lambda: worker.leaving or not self.busy or self._queued())

    def _let_others_start(self) -> None:
        """Do nothing: they have fair turns."""

    def _start(self) -> list[Stack]:
        parts = [worker.work_in_thread for worker in self.workers]
        return self.baton.start(*parts, names=[worker.name for worker in self.workers])

    def _look(self) -> None:
        for deadline in [one for one in self.deadlines if one.at <= time.monotonic()]:
            deadline.cancel()
            deadline.end()
        super()._look()

    @contextmanager
    def _instead_of_sleep(self) -> Iterator[None]:
        def sleep(seconds: float) -> None:
            (pause if self.baton.here() is None else self.baton.sleep)(seconds)

        with patch.object(time, "sleep", sleep):
            yield
