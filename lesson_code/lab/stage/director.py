"""The director: at each place of a run it knows whose turn it is, and who dies there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from lesson_code.lab.engines.redis_words import Command, in_words, is_handshake, touched, writes
from lesson_code.lab.record import Step
from lesson_code.lab.stage.token import Choices
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import Deed

TOO_LONG = 5_000  # steps: so many only a run has that would never end


class Died(BaseException):
    """The worker is gone: nothing of it reaches Redis any more."""


class LetFail(Exception):
    """A task fails because somebody wanted it to."""


class Endless(BaseException):
    """The run goes on and on."""


@dataclass
class Call:
    """A call of a job's task: before which step it began, and before which it ended."""

    worker: str
    job: str
    began: int
    ended: int | None = None  # it has not ended yet

    def is_of(self, step: Step) -> bool:
        return (self.worker, self.job) == (step.worker, step.job)

    def is_over_before(self, at: int) -> bool:
        """Whether it has ended before that step."""
        return self.ended is not None and self.ended <= at


@dataclass
class Director:
    """Notes each step of a run; lets happen there what the choices say.

    `about(worker, commands)` returns the job and the words of a round trip.
    """

    choices: Choices
    about: Callable[[str, list[Command]], tuple[str, str]]
    in_job: Callable[[], str]
    steps: list[Step] = field(default_factory=list)
    others: list[list[int]] = field(default_factory=list)  # who else could go on, at each step
    dead: set[str] = field(default_factory=set)
    journal: list[Deed] = field(default_factory=list)
    tell: list[Callable[[str], None]] = field(default_factory=list)  # of a worker's death
    calls: list[Call] = field(default_factory=list)
    to_fail: set[tuple[str, str]] = field(default_factory=set)  # at their next call
    turned: int = -1  # the step at which the baton was last handed over
    look: Callable[[], None] = lambda: None  # called before each step, and not one itself

    def round_trip(self, worker: str, commands: list[Command]) -> None:
        """A worker is about to send these commands. Raises Died when it never does."""
        if is_handshake(commands):
            return self._check(worker)
        job, says = self.about(worker, commands)
        changes = any(map(writes, commands))
        self._step(Step(worker, job, in_words(commands), touched(commands), changes, says))

    def effect(self, worker: str, deed: Deed) -> None:
        """A task is about to have this effect. Raises Died when it never has."""
        self._step(Step(worker, self.in_job(), deed.call, says=f"has its effect {deed.call}"))

    @contextmanager
    def call(self, worker: str, job: str) -> Iterator[None]:
        """Call the task of a job in here. Raises LetFail where it was chosen to fail."""
        call = Call(worker, job, len(self.steps))
        self.calls.append(call)
        try:
            self._let_fail(worker, job)
            yield
        finally:
            call.ended = len(self.steps)

    def can_go_on(self, others: list[int]) -> None:
        """Note the numbers of those who could go on instead at the next step."""
        del self.others[len(self.steps) :]
        self.others += [[] for _ in range(len(self.steps) - len(self.others))] + [others]

    def wanted(self) -> int | None:
        """Return to whom the baton goes at this step, if it is to go to somebody."""
        number = len(self.steps)
        if self.turned < number:
            self.turned = number
            return dict(self.choices.switches).get(number)
        return None

    def _step(self, step: Step) -> None:
        self._check(step.worker)
        if len(self.steps) >= TOO_LONG:
            raise Endless
        self.look()
        if len(self.others) == len(self.steps):
            self.others.append([])
        self.steps.append(step)
        if len(self.steps) - 1 in self.choices.deaths:
            self.dead.add(step.worker)
            for told in self.tell:
                told(step.worker)
        self._check(step.worker)
        if len(self.steps) - 1 in self.choices.fails:
            self.to_fail.add((step.worker, step.job))
        if any(one.is_of(step) and one.ended is None for one in self.calls):
            self._let_fail(step.worker, step.job)

    def _let_fail(self, worker: str, job: str) -> None:
        if (worker, job) in self.to_fail:
            self.to_fail.remove((worker, job))
            raise LetFail("somebody let it fail")

    def _check(self, worker: str) -> None:
        if worker in self.dead:
            raise Died(worker)

    @contextmanager
    def sees_effects(self, worker: Callable[[], str]) -> Iterator[None]:
        """Let each effect of a world's task be a place; `worker()` is the one that has it."""
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
