"""The common part of RQ's and of ARQ's runs: a crash, and a start from a saved state."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from lesson_code.lab.engines.redis_words import Sent
from lesson_code.lab.record import Step
from lesson_code.lab.stage.beginning import Beginning, Start
from lesson_code.lab.stage.director import Director
from lesson_code.lab.stage.memory import Memory
from lesson_code.lab.stage.places import Place
from lesson_code.lab.stage.remains import Patience, outcome_of, remains_of
from lesson_code.lab.stage.stage import Moment, Stage
from lesson_code.lab.stage.story import ArqStory, Outcome, Story
from lesson_code.lab.stage.token import Choices
from lesson_code.worlds import accidents


class Playing:
    """One run of a story with these choices, on a stage of its own.

    A crash sets the clock back to the last change in Redis, and the seeds of chance back to the
    moment of the crash. So two crashes between which nothing has changed share one future.
    """

    def __init__(
        self,
        story: Story | ArqStory,
        choices: Choices,
        about: Callable[[str, Sent], tuple[str, str]],
        in_job: Callable[[], str],
        note_of: Callable[[str], str],
    ):
        self.story, self.stage = story, Stage(own_clients=True)
        changes = partial(getattr, self.stage.embedded, "changes")
        time = partial(getattr, self.stage.clock, "passed")
        self.director = Director(choices, about, in_job, note_of, time, changes)
        self.director.tell.append(self._dies)
        self.remains = remains_of(story, self.stage.behind)
        self.patience = Patience(story.noticed, self.remains.waits)
        self.memory: Memory | None = None  # only the search by state needs it
        self.beginning: Beginning | None = None  # the runs of a search share one
        self.came = 0  # how many workers have started
        self.part = 0  # of the story: work, requeue, repair
        self.ended = 0  # the calls of tasks that had ended at the last place
        self.died_at: Moment | None = None

    def _dies(self, worker: str) -> None:
        self.died_at = self.stage.moment(self.director.since)

    def place(self, worker: str, is_alone: bool, is_plain: bool) -> Place:
        """Return the place at which this worker is now."""
        director = self.director
        ended = sum(one.ended is not None for one in director.calls)
        is_new = director.since == self.stage.clock.passed or ended != self.ended
        self.ended = ended
        if is_new or director.is_called(worker):
            self._remembers()
        return Place(
            worker,
            director.note_of(worker).encode(),
            self.stage.embedded.save(),
            self.stage.moment(director.since),
            tuple(director.journal),
            accidents.arranged(),
            self.remains.known(),
            self.came,
            self.part,
            frozenset(director.dead),
            is_alone,
            is_plain,
        )

    def take_over(self, place: Place, steps: Iterable[Step], stirred: Iterable[bool]) -> None:
        """Continue a run at this place, right after its worker has crashed there.

        `steps` are its steps, including the one at which the worker crashed. `stirred` says of each
        step whether it may have changed more than the worker's note.
        """
        director = self.director
        director.steps, director.stirred = [*steps], [*stirred]
        director.dead = {*place.dead, place.worker}
        self.remains.know(place.known)
        self.came, self.part, self.patience.mourned = place.came, place.part, len(place.dead)
        self.write(place)

    def write(self, saved: Place | Start) -> None:
        """Write a saved state into this run.

        It is the data in Redis, the clock, the effects, and the arranged failures.
        """
        self.director.journal[:] = saved.journal
        accidents.rearrange(saved.arranged)
        self.stage.embedded.load(saved.redis)
        self.stage.go_back_to(saved.moment)

    def _is_begun(self) -> bool:
        """Copy the jobs of another run of this search, if that is possible."""
        return self.beginning is not None and self.beginning.copy_into(self)

    def _begins(self) -> AbstractContextManager:
        return self.beginning.keeps(self) if self.beginning else nullcontext()

    def _hears(self) -> AbstractContextManager:
        stacks = self.stage.clock.players
        return self.memory.hears(stacks) if self.memory else nullcontext()

    def _meets(self, name: str, task: Callable, *given: Any) -> None:
        """Note that a task is about to be called with these arguments."""
        if self.memory:
            self.memory.meet(name, task)
            self.memory.meet_all(given)

    def _remembers(self) -> None:
        if self.memory:
            self.memory.look()

    def _effects(self) -> Counter:
        """Return the effects of the run, counted."""
        effects = Counter(deed.call for deed in self.director.journal)
        return effects + self.story.effects(self.stage.behind)

    def _outcome(self, effects: Counter, hangs: str) -> Outcome:
        self._remembers()
        return outcome_of(self.remains, effects, hangs)
