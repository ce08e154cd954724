"""The crashes of a story: the stage plays each different state after a crash only once.

The future of a crash depends on the data in Redis, the time, the seeds of chance, and the arranged
failures. Two places at which all these are equal share one future, and that future can start from
the saved state. The stage plays the whole run wherever another factor could matter. Another worker
may be at work, or the crash interrupts code of a task. Or a task remembers data (`memory.py`), or a
later worker reads the crashed worker's note on itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lesson_code.lab.stage.beginning import Beginning
from lesson_code.lab.stage.branches import Played, Seen, differs
from lesson_code.lab.stage.memory import Memory
from lesson_code.lab.stage.places import Place
from lesson_code.lab.stage.play_arq import ArqPlay
from lesson_code.lab.stage.play_rq import RQPlay
from lesson_code.lab.stage.story import ArqStory, Outcome, Story
from lesson_code.lab.stage.token import Choices

Play = RQPlay | ArqPlay
REMEMBERS = (
    "`{}` keeps data outside of Redis, such as a variable of its module, and they change: "
    "a new worker process starts without them, but all runs of the stage share them"
)
UNREAD = (
    "it cannot be seen whether `{}` keeps data outside of Redis; "
    "if so, all runs of the stage share them"
)


class Futures:
    """The runs of a story in which workers crash; `plain` is the run without a crash.

    Without `watch`, its places are not kept, so no crashes of it can be played.
    """

    def __init__(self, story: Story | ArqStory, watch: bool = True, choices: Choices | None = None):
        self.story, self.memory = story, Memory()
        self.beginning = Beginning(story.enqueue)
        self.plain = self.whole(choices or Choices(), watch)

    def dies(self, seen: Seen, at: int, watch: bool = False) -> Seen:
        """Return the end of this run if a worker also crashes at its step `at`.

        The run must have been played with `watch`, as the plain run is.
        """
        choices = seen.choices.with_crash(at)
        played, there = seen.played, at - len(seen.own) + seen.start
        own = seen.steps[: at + 1]
        for first in dict.fromkeys([played.first_like(there), there]):
            if (future := self._future(played, first, watch)) is None:
                break
            here, like = played.places[there], played.places[first]
            notes = (*seen.notes, *differs(here, like))
            more, less = seen.more + here.journal, seen.less + like.journal
            found = Seen(choices, own, future, first + 1, notes, more, less)
            if found.is_known and not any(note.matters(future.asked) for note in notes):
                return found
        return self.whole(choices, watch)

    def whole(self, choices: Choices, watch: bool = False) -> Seen:
        """Play a run from its start."""
        run = self._run(choices)
        return Seen(choices, (), self._played(run, run.run, [], watch))

    def warnings(self) -> tuple[str, ...]:
        """Return a sentence for each thing in these runs that the stage cannot play or undo."""
        memories = (self.beginning.memory, self.memory)
        found = [words for memory in memories for words in memory.outside]
        found += [REMEMBERS.format(name) for memory in memories for name in memory.remembers]
        if unread := self.memory.unread:
            found.append(UNREAD.format("`, `".join(unread)))
        return tuple(dict.fromkeys(found))

    def _future(self, played: Played, at: int, watch: bool) -> Played | None:
        """Return the run with a crash at that place; None if no state may represent another."""
        if self.memory.changed:
            return None
        if at not in played.futures:
            place = played.places[at]
            run = self._run(played.choices.with_crash(at))
            before = played.steps[: at + 1]
            go_on = partial(run.go_on, place, before, played.stirred[: at + 1])
            saved = place.is_alone and place.is_plain
            past = [None] * len(before) if saved else []
            future = self._played(run, go_on if saved else run.run, past, watch)
            if self.memory.changed:
                return None
            played.futures[at] = future
        return played.futures[at]

    def _run(self, choices: Choices) -> Play:
        run = stage_for(self.story, choices)
        run.memory = self.memory
        run.beginning = self.beginning
        return run

    def _played(
        self, run: Play, play: Callable[[], Outcome], past: list[None], watch: bool
    ) -> Played:
        places: list[Place | None] = [*past]
        if watch:
            run.director.look = lambda: places.append(run.here())
        outcome, director = play(), run.director
        steps = tuple(director.steps)
        return Played(
            director.choices,
            steps,
            director.stirred,
            director.others,
            outcome,
            director.asked,
            places,
        )


def stage_for(story: Story | ArqStory, choices: Choices) -> Play:
    """Return the run of the story with these choices, ready to be played."""
    if choices.workers:
        story = replace(story, workers=choices.workers)
    return RQPlay(story, choices) if isinstance(story, Story) else ArqPlay(story, choices)
