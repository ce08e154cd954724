"""You are the scheduler: a level is an exercise that one may break before one repairs it."""

from collections.abc import Callable
from functools import cache, partial
from itertools import chain

from lesson_code.exercises import diary
from lesson_code.exercises.check.answer import Answer
from lesson_code.exercises.check.survival import WORKERS, forbidden, never_of, story_of, survivals
from lesson_code.exercises.exercise import Exercise, Scene, exercises
from lesson_code.lab.board import Board
from lesson_code.lab.record import Fate
from lesson_code.lab.stage.deaths import says_of
from lesson_code.lab.stage.orders import OWN
from lesson_code.lab.stage.table import Table
from lesson_code.lab.stage.token import choices_of

FINE = "Nothing is wrong in this run. Undo, or begin again."


def levels() -> list[Exercise]:
    """Return the levels, from easy to hard."""
    return [one for one in exercises().values() if one.is_level]


def quiet(what: str) -> None:
    """Take no note of what is going on."""


def table_of(exercise: Exercise, source: str) -> Table:
    """Return the table at which the answer `source` is played. Raises NotAnAnswer."""
    answer = Answer(exercise, source)
    deaths, orders = (int(kind in exercise.survives) for kind in ("death", "order"))
    workers = WORKERS[exercise.engine] if orders else 0
    return Table(lambda: story_of(answer, Scene(), quiet), deaths, orders, workers)


def board(exercise: Exercise, source: str) -> Board:
    """Return the board of a level, for this answer. Raises NotAnAnswer."""
    return Board(table_of(exercise, source), ended(exercise), partial(clues, exercise))


def ended(exercise: Exercise) -> Callable[[Table], str]:
    """Return what says how a run of this level has ended; one that breaks it is kept."""

    def told(table: Table) -> str:
        if not (harm := breaks(exercise, table.now.fate)):
            return FINE
        if not diary.record(exercise.id).broken:
            diary.add("broken", exercise.id, table.choices.token)
        return (
            f"✗ It breaks: {harm}. It has believed: “{exercise.misunderstanding}” "
            f"Now repair the cell, run it, and run `check({exercise.id})`."
        )

    return told


def breaks(exercise: Exercise, fate: Fate) -> str:
    """Return what of this run breaks the level's promise; "" if nothing does."""
    kind = "death" if fate.deaths else "order"
    return next((what for _, what in forbidden(fate, never_of(exercise, kind))), "")


@cache
def shortest(exercise_id: str) -> Fate:
    """Return a run with one choice that breaks the level as it is found: if there are several, the
    last one right after something that a task itself has done.
    """
    exercise = exercises()[exercise_id]
    looks = survivals(Answer(exercise, exercise.stub), quiet)
    return max(chain.from_iterable(look.harmed for look in looks), key=_after_the_task)


def _after_the_task(fate: Fate) -> tuple[bool, int]:
    at = choices_of(fate.token).last
    keys = fate.steps[at - 1].keys
    return not all(key.startswith(OWN) for key in keys) or not keys, at


def clues(exercise: Exercise) -> list[str]:
    """Return hints on how to break the level, the last one the shortest way."""
    fate = shortest(exercise.id)
    last = fate.steps[choices_of(fate.token).last - 1]
    what = "a worker dies" if fate.deaths else "somebody else goes on"
    return [
        f"Once is enough: {what}. Where would that show that it is wrong to believe: "
        f"“{exercise.misunderstanding}”",
        f"Wait until `{last.job}` {says_of(last)}, and look what it will do next.",
        f"The shortest way: {fate.where}.",
    ]
