"""A trial: an answer is played in a scene, on a stage of its own, and has an Outcome."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lesson_code.exercises.check.effort import NOTHING, Work, effort
from lesson_code.exercises.exercise import Scene
from lesson_code.lab.record import Run
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import Deed

# Keys of other programs, one of RQ, one of ARQ: no answer may delete them.
OTHERS = ("rq:results:another-program", "arq:another-queue:health-check", "another:program")


@dataclass(frozen=True)
class Outcome:
    """The outcome of an answer."""

    run: Run
    journal: tuple[Deed, ...]  # the tasks' actions, in order
    tried: tuple[Deed, ...]
    value: Any  # the answer's return value
    starved: str = ""  # the job that ran only when nothing else could
    begun: tuple[str, ...] = ()  # the jobs, in the order in which they began
    before: tuple[Deed, ...] = ()  # the actions before the starved job began
    delayed: frozenset[str] = frozenset()  # jobs with a delay
    ghosts: tuple[str, ...] = ()  # contradictions in Redis
    deleted: bool = False  # keys of other programs are gone
    rests: dict[str, float] = field(default_factory=dict)  # job -> seconds of its first wait
    kept: dict[str, int] = field(default_factory=dict)  # seconds for which a job's result is kept
    work: Work = NOTHING  # the amount of work


@dataclass
class Notes:
    """The notes of a trial while it is played."""

    scene: Scene
    starved: str = ""
    note: Callable[[str], None] = lambda what: None  # reports the progress, should it not end
    value: Any = None
    begun: list[str] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    rests: dict[str, float] = field(default_factory=dict)
    before: tuple[Deed, ...] | None = None
    delayed: set[str] = field(default_factory=set)
    twice: list[str] = field(default_factory=list)
    asleep_until: float = 0.0
    next_due: float = 0.0
    working: bool = False  # the workers have started

    def __reduce__(self) -> tuple:
        """Return the data for the search of tasks' memories: the jobs that a crash still awaits."""
        return tuple, (tuple(self.twice),)

    def begin(self, in_job: Callable[[], str]) -> None:
        """Set the scene: from now on its accidents happen."""
        random.seed(0)
        self.twice = [self.scene.twice] if self.scene.twice else []
        accidents.inject_failures(self.scene.fails, self.scene.dies)
        accidents.play_in(in_job, self.scene.other_data)

    def job_begins(self, job_id: str) -> None:
        self.note(f"running the job `{job_id}`")
        self.begun.append(job_id)
        if job_id == self.starved and self.before is None:
            self.before = tuple(accidents.journal)

    def runs_twice(self, job_id: str) -> bool:
        """Return whether the job's worker crashes at its end, this time."""
        if job_id in self.twice:
            self.twice.clear()
            return True
        return False

    def outcome(self, run: Run, deleted: bool, ghosts: tuple[str, ...] = ()) -> Outcome:
        return Outcome(
            run,
            tuple(accidents.journal),
            tuple(accidents.tried),
            self.value,
            self.starved,
            tuple(self.begun),
            self.before or (),
            frozenset(self.delayed),
            ghosts,
            deleted,
            self.rests,
            self.kept,
            effort.now,
        )
