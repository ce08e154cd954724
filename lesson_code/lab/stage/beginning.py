"""The beginning of a story is the same in each run, so later runs start from a copy of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from lesson_code.lab.engines.fake import Snapshot
from lesson_code.lab.stage.memory import Memory
from lesson_code.lab.stage.stage import Moment
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import Arranged, Deed

if TYPE_CHECKING:
    from lesson_code.lab.stage.playing import Playing


class Start(NamedTuple):
    """The state of a run when its jobs are enqueued."""

    redis: Snapshot
    moment: Moment
    journal: tuple[Deed, ...]
    arranged: Arranged


class Beginning:
    """Enqueues the jobs in the first run of a story, and copies them into the others.

    Each run enqueues again if `enqueue` or a task remembers data, as `enqueue` may reset them.
    """

    def __init__(self, enqueue: Callable):
        self.memory, self.start = Memory(), None
        self.memory.meet("enqueue", enqueue)

    def copy_into(self, run: Playing) -> bool:
        """Write the jobs of the first run into this one. Return False if it must enqueue them
        itself.
        """
        tasks = run.memory
        if self.start is None or tasks is None or tasks.changed or not self.memory.look():
            return False
        run.write(self.start)
        return True

    @contextmanager
    def keeps(self, run: Playing) -> Iterator[None]:
        """Keep what the run enqueues in here."""
        stage = run.stage
        with self.memory.hears(stage.clock.players):
            yield
        if self.memory.look():
            redis, moment = stage.embedded.save(), stage.moment(stage.clock.passed)
            journal = tuple(run.director.journal)
            self.start = Start(redis, moment, journal, accidents.arranged())
