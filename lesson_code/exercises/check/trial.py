"""A trial: an answer is played in a scene, on a stage of its own. What came of it is an Outcome."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lesson_code.exercises.exercise import Scene
from lesson_code.lab.record import Run
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import Deed


@dataclass(frozen=True)
class Outcome:
    """What came of an answer."""

    run: Run
    journal: tuple[Deed, ...]  # what the tasks did, in order
    tried: tuple[Deed, ...]
    value: Any  # what the answer returned
    starved: str = ""  # the job that ran only when nothing else could
    begun: tuple[str, ...] = ()  # the jobs, in the order in which they began
    before: tuple[Deed, ...] = ()  # what was done before the starved one began
    delayed: frozenset[str] = frozenset()  # jobs that were put off by a time
    ghosts: tuple[str, ...] = ()  # where Redis contradicts itself
    kept: dict[str, int] = field(default_factory=dict)  # seconds for which a job's result is kept


@dataclass
class Notes:
    """What is noted while a trial is played."""

    scene: Scene
    starved: str = ""
    note: Callable[[str], None] = lambda what: None  # tells what is going on, should it not end
    value: Any = None
    begun: list[str] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    before: tuple[Deed, ...] | None = None
    delayed: set[str] = field(default_factory=set)
    twice: list[str] = field(default_factory=list)
    asleep_until: float = 0.0
    next_due: float = 0.0
    working: bool = False  # the workers have come

    def begin(self, in_job: Callable[[], str]) -> None:
        """Set the scene: from now on its accidents happen."""
        random.seed(0)
        self.twice = [self.scene.twice] if self.scene.twice else []
        accidents.arrange(self.scene.fails, self.scene.dies)
        accidents.play_in(in_job, self.scene.other_data)

    def job_begins(self, job_id: str) -> None:
        self.note(f"running the job `{job_id}`")
        self.begun.append(job_id)
        if job_id == self.starved and self.before is None:
            self.before = tuple(accidents.journal)

    def runs_twice(self, job_id: str) -> bool:
        """Whether the job's worker dies at its end, this time."""
        if job_id in self.twice:
            self.twice.clear()
            return True
        return False

    def outcome(self, run: Run, ghosts: tuple[str, ...] = ()) -> Outcome:
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
            self.kept,
        )
