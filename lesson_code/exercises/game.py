"""You are the scheduler: a level is an exercise that you may break before you repair it."""

from collections.abc import Callable
from functools import cache, partial
from itertools import chain

from lesson_code.exercises import diary
from lesson_code.exercises.check.answer import Answer
from lesson_code.exercises.check.survival import WORKERS, forbidden, story_of, survivals
from lesson_code.exercises.exercise import Exercise, Scene, exercises
from lesson_code.lab.board import Board
from lesson_code.lab.record import Fate
from lesson_code.lab.stage.milestones import is_own
from lesson_code.lab.stage.table import Table, about
from lesson_code.lab.stage.token import choices_of

FINE = "Nothing is wrong in this run. Undo, or begin again."


def levels() -> list[Exercise]:
    """Return the levels, from easy to hard."""
    return [one for one in exercises().values() if one.is_level]


def quiet(what: str) -> None:
    """Ignore the progress."""


def table_of(exercise: Exercise, source: str) -> Table:
    """Return the table at which the answer `source` is played. Raises NotAnAnswer."""
    answer = Answer(exercise, source)
    crashes, orders = (int(kind in exercise.survives) for kind in ("crash", "order"))
    workers = WORKERS[exercise.engine] if orders else 0
    return Table(lambda: story_of(answer, Scene(), quiet), crashes, orders, workers)


def board(exercise: Exercise, source: str) -> Board:
    """Return the board of a level, for this answer. Raises NotAnAnswer."""
    return Board(table_of(exercise, source), ended(exercise), partial(clues, exercise))


def ended(exercise: Exercise) -> Callable[[Table], str]:
    """Return the text for the end of a run of this level; a run that breaks it is recorded."""

    def told(table: Table) -> str:
        if not (harm := breaks(exercise, table.now.fate)):
            return FINE
        if not diary.record(exercise.id).broken:
            diary.add("broken", exercise.id, table.choices.token)
        return (
            f"✗ It breaks: {harm}. Its assumption was: “{exercise.misunderstanding}” "
            f"Now repair the cell, run it, and run `check({exercise.id})`."
        )

    return told


def breaks(exercise: Exercise, fate: Fate) -> str:
    """Return how this run breaks the level's promise; "" if it does not."""
    kind = "crash" if fate.crashes else "order"
    return next((what for _, what in forbidden(fate, exercise, kind)), "")


@cache
def shortest(exercise_id: str) -> Fate:
    """Return a run with one choice, before a milestone, that breaks the level in its first form.

    If there are several, return the last one right after an effect of a task.
    """
    exercise = exercises()[exercise_id]
    table = table_of(exercise, exercise.stub)
    steps, stops = table.now.fate.steps, {*table.stops()}

    def rank(fate: Fate) -> tuple[bool, bool, int]:
        at = choices_of(fate.token).last
        return (
            at in stops or bool(fate.crashes),
            is_own(steps[at - 1]) or not steps[at - 1].keys,
            at,
        )

    looks = survivals(Answer(exercise, exercise.stub), quiet)
    plain = (look.harmed for look in looks if look.scene == Scene())  # the board plays no other
    best = max(chain.from_iterable(plain), key=rank)
    at = choices_of(best.token).last
    if at in stops:
        return best
    later = min(stop for stop in stops if stop > at)  # a crash there finds the same state
    return table.seen(table.choices.with_crash(later)).fate


def clues(exercise: Exercise) -> list[str]:
    """Return hints on how to break the level; the last one is the shortest way."""
    fate = shortest(exercise.id)
    step = table_of(exercise, exercise.stub).now.fate.steps[choices_of(fate.token).last]
    what = "a worker crashes" if fate.crashes else "another worker goes on"
    return [
        f"One decision is enough: {what}. Where would it show that this assumption is wrong: "
        f"“{exercise.misunderstanding}”",
        f"Go on until the next step is: {about(step)}.",
        f"The shortest way: {fate.where}.",
    ]
