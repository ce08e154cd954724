"""The director: it decides at each place of a run which worker goes on, crashes, or has to stop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from lesson_code.lab.engines.redis_words import (
    Sent,
    changed,
    in_words,
    is_handshake,
    keys_of,
    touched,
)
from lesson_code.lab.record import Step
from lesson_code.lab.stage.token import Choices
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import Deed

TOO_LONG = 5_000  # steps: a run with so many would never end


class Died(BaseException):
    """The worker is gone: none of its commands reaches Redis from now on."""


class LetFail(Exception):
    """A task fails because a choice of the run makes it fail."""


class Endless(BaseException):
    """The run has no end."""


@dataclass
class Call:
    """A call of a job's task: before which step it began, and before which it ended."""

    worker: str
    job: str
    began: int
    ended: int | None = None  # None: it has not ended yet

    def is_of(self, step: Step) -> bool:
        return (self.worker, self.job) == (step.worker, step.job)

    def is_over_before(self, at: int) -> bool:
        """Return whether it has ended before that step."""
        return self.ended is not None and self.ended <= at


@dataclass(frozen=True)
class Asked:
    """A command that touches the note of a crashed worker, and when it was sent."""

    note: str
    command: str
    at: float  # seconds on the clock


@dataclass
class Director:
    """Notes each step of a run, and applies the choices there.

    `about(worker, commands)` returns the job and the words of a round trip, and `note_of(worker)`
    the key under which a worker describes itself. `time()` returns the seconds on the clock, and
    `changes()` how often a key of Redis has changed. `together()` says whether workers share a
    connection.
    """

    choices: Choices
    about: Callable[[str, Sent], tuple[str, str]]
    in_job: Callable[[], str]
    note_of: Callable[[str], str]
    time: Callable[[], float]
    changes: Callable[[], int]
    together: Callable[[], bool] = lambda: False
    steps: list[Step] = field(default_factory=list)
    others: list[list[int]] = field(default_factory=list)  # who else could go on, at each step
    dead: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)  # they were told to stop
    tell_to_stop: Callable[[str], None] = lambda worker: None  # may raise what ends the worker
    journal: list[Deed] = field(default_factory=list)
    tell: list[Callable[[str], None]] = field(default_factory=list)  # of a worker's crash
    calls: list[Call] = field(default_factory=list)
    to_fail: set[tuple[str, str]] = field(default_factory=set)  # at their next call
    turned: int = -1  # the step at which the baton was last handed over
    look: Callable[[], None] = lambda: None  # called before each step; is not a step itself
    stirred: list[bool] = field(default_factory=list)  # whether a step may change more than a note
    changed: int = 0  # the changes before the last step
    since: float = 0.0  # the time at the first place after the last change
    asked: list[Asked] = field(default_factory=list)  # about the notes of crashed workers

    def __post_init__(self) -> None:
        self.switches = dict(self.choices.switches)

    def round_trip(self, worker: str, commands: Sent) -> None:
        """Note that a worker is about to send these commands. Raises `Died` when it never does."""
        if is_handshake(commands):
            return self._check(worker)
        self._check(worker)
        job, says = self.about(worker, commands)
        keys = touched(commands)
        self._note_asked(commands, keys)
        changes, note = changed(commands), {self.note_of(worker)}
        stirs = any({*keys} != note for keys in changes)
        self._step(Step(worker, job, in_words(commands), keys, bool(changes), says), stirs)

    def _note_asked(self, commands: Sent, keys: tuple[str, ...]) -> None:
        """Keep the commands that touch the note of a crashed worker."""
        for note in {self.note_of(one) for one in self.dead}.intersection(keys):
            names = [command[0] for command in commands if note in keys_of(command)]
            self.asked += [Asked(note, name, self.time()) for name in names]

    def effect(self, worker: str, deed: Deed) -> None:
        """Note that a task is about to have this effect. Raises `Died` when it never has."""
        self._step(
            Step(worker, self.in_job(), deed.call, says=f"causes the effect {deed.call}"), False
        )

    @contextmanager
    def call(self, worker: str, job: str) -> Iterator[None]:
        """Call the task of a job in here. Raises LetFail where a choice makes it fail."""
        call = Call(worker, job, len(self.steps))
        self.calls.append(call)
        try:
            self._let_fail(worker, job)
            yield
        finally:
            call.ended = len(self.steps)

    def is_called(self, worker: str) -> bool:
        """Return whether a task is running with this worker."""
        return any(one.worker == worker and one.ended is None for one in self.calls)

    def dies(self, worker: str) -> None:
        """End the worker here, by a crash. Raises `Died`."""
        self.dead.add(worker)
        for told in self.tell:
            told(worker)
        self._check(worker)

    @property
    def gone(self) -> int:
        """Return how many workers have crashed or were told to stop."""
        return len(self.dead | self.stopped)

    def can_go_on(self, others: list[int]) -> None:
        """Note the numbers of those that could go on instead at the next step."""
        del self.others[len(self.steps) :]
        self.others += [[] for _ in range(len(self.steps) - len(self.others))] + [others]

    def wanted(self) -> int | None:
        """Return the number of the player that gets the baton now; None without a choice."""
        number = len(self.steps)
        if self.switches and self.turned < number:
            self.turned = number
            return self.switches.get(number)
        return None

    def _step(self, step: Step, stirs: bool) -> None:
        self._check(step.worker)
        if len(self.steps) >= TOO_LONG:
            raise Endless
        if self._is_news(step.worker):
            self.since = self.time()
        self.changed = self.changes()
        self.look()
        if len(self.others) == len(self.steps):
            self.others.append([])
        self.steps.append(step)
        self.stirred.append(stirs)
        at = len(self.steps) - 1
        if at in self.choices.crashes:
            self.dies(step.worker)
        if at in self.choices.stops:
            self.stopped.add(step.worker)
            self.tell_to_stop(step.worker)
            return self._step(step, stirs)  # it takes this step all the same
        if at in self.choices.fails:
            self.to_fail.add((step.worker, step.job))
        if any(one.is_of(step) and one.ended is None for one in self.calls):
            self._let_fail(step.worker, step.job)

    def _is_news(self, worker: str) -> bool:
        """Return whether the step before has changed more than the note of this worker."""
        if not self.steps or self.steps[-1].worker != worker:
            return True
        # RQ caches the answer to INFO on the connection, which the workers share.
        if self.steps[-1].command == "INFO" and self.together():
            return True
        return self.stirred[-1] and self.changes() != self.changed

    def _let_fail(self, worker: str, job: str) -> None:
        if (worker, job) in self.to_fail:
            self.to_fail.remove((worker, job))
            raise LetFail("you made it fail")

    def _check(self, worker: str) -> None:
        if worker in self.dead:
            raise Died(worker)

    @contextmanager
    def sees_effects(self, worker: Callable[[], str]) -> Iterator[None]:
        """Make each effect of a world's task a place; `worker()` returns its worker."""
        director = self

        class Tried(list):
            def append(self, deed: Deed) -> None:
                if who := worker():
                    director.effect(who, deed)
                super().append(deed)

        with (
            patch.object(accidents, "tried", Tried()),
            patch.object(accidents, "journal", self.journal),
        ):
            yield
