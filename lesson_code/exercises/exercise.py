"""An exercise as data: a TOML file, checked as it is read."""

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).parent / "data"  # notebook_01/ and so on, a file for each exercise
QUESTIONS = "questions.toml"  # beside them
ENGINES, WAITS = ("rq", "arq"), ("exact", "at least", "free")
SURVIVES, NEVER = ("crash", "order"), ("lost", "twice", "repeats")


class BadExercise(ValueError):
    """The error for a file of an exercise that cannot be used: the file, and what to change."""


class Misused(Exception):
    """The error for a call that needs another argument. IPython shows no traceback for it."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class UnknownExercise(Misused, LookupError):
    """The error for an unknown name; it lists the names that are similar."""


class Table:
    """A class that reads itself from a table of TOML."""

    @classmethod
    def read(cls, table: dict[str, Any], where: str, **more: Any) -> Self:
        """Read the table. Raises BadExercise for a key that is missing, unknown, empty or of the
        wrong type.
        """
        known = {one.name: one for one in fields(cls) if one.name not in more}
        for key, value in table.items():
            if key not in known:
                raise BadExercise(f"{where}: {key!r} is unknown; there are: {', '.join(known)}")
            if value in ("", []):
                raise BadExercise(f"{where}: {key!r} is empty")
            wanted = known[key].type
            wanted = getattr(wanted, "__origin__", wanted)
            if not isinstance(value, wanted):
                raise BadExercise(
                    f"{where}: {key!r} must be of the type {wanted.__name__}: {value!r}"
                )
        for key, one in known.items():
            if one.default is MISSING and one.default_factory is MISSING and key not in table:
                raise BadExercise(f"{where}: {key!r} is missing")
        return cls(**table, **more)


@dataclass(frozen=True)
class Scene(Table):
    """The accidents while the answer runs."""

    when: str = ""  # opens each sentence about it: "When the card is refused"
    fails: dict = field(default_factory=dict)  # task or call -> exceptions, one a call; or always
    dies: str = ""  # the worker crashes right after this task has done its work, once
    twice: str = ""  # this job runs a second time, as if its worker had crashed at its end
    workers: int = 0  # 0: first one, then three
    other_data: bool = False  # the worlds hold their OTHER data


@dataclass(frozen=True)
class Wrong(Table):
    """A wrong answer, and the sentence that it must get."""

    says: str
    answer: str
    because: str = ""  # shown with that sentence: the reason, where all of `seen` is seen
    seen: list[str] = field(default_factory=list)  # regular expressions for an answer's source;
    # one that begins with "!" must not be found


@dataclass(frozen=True)
class Exercise(Table):
    """`solutions[0]` is the measure: an answer must do the same, in every scene."""

    id: str  # the name of the function that the learner writes
    notebook: str  # "03"
    title: str
    level: int  # 1: a line, 2: a few lines, 3: a design
    minutes: int
    text: str
    begin: str  # the sentence for an unchanged stub
    stub: str
    solutions: list[str]
    hints: list[str]
    explanation: str
    engine: str = "rq"
    after: str = ""  # the cell of its notebook that it follows; "" is the end
    setting: str = ""  # source of before(queue), start(queue, answer), again(queue): see `trial`
    jobs: list[str] = field(default_factory=list)  # the ids that are compared
    waits: str = "exact"  # which jobs wait for which; "free": not compared
    returns: list[str] = field(default_factory=list)  # the jobs whose results are compared
    errors: list[str] = field(default_factory=list)  # the jobs whose error's class is compared
    rests: list[str] = field(default_factory=list)  # the ARQ jobs whose first wait is compared
    states: list[str] = field(default_factory=list)  # the jobs of which "canceled" is not "gone"
    attempts: bool = True  # compare how often a task was attempted, too
    each_fails: bool = True  # each task fails, too: always, and (with `attempts`) once
    in_its_job: bool = True  # an action in one of `jobs` may happen in no other job
    at_once: bool = False  # the answer enqueues all `jobs` itself, none of them does
    in_order: bool = False  # compare the order of the tasks' actions, too
    leftovers: bool = True  # a job may wait forever where none should run
    survives: list[str] = field(default_factory=list)  # "crash", "order": every one is played
    never: list[str] = field(default_factory=lambda: ["lost", "twice"])  # forbidden at a crash
    misunderstanding: str = ""  # a level of the game: the wrong belief of its program
    seen_in: str = ""  # and the real code that shares it
    scenes: list[Scene] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def is_level(self) -> bool:
        """Return whether it is a level of the game: you may break it; all its runs are played."""
        return bool(self.misunderstanding)

    @property
    def stars(self) -> str:
        return "★" * self.level + "☆" * (3 - self.level)


def parse(path: Path) -> Exercise:
    """Return the exercise in the file. Raises BadExercise."""
    where = f"{path.parent.name}/{path.name}"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadExercise(f"{where}: {error}") from None
    for key, record in (("scenes", Scene), ("wrong", Wrong)):
        if key in table:
            table[key] = [record.read(one, f"{where}, {key}") for one in table[key]]
    number = path.parent.name.removeprefix("notebook_")
    exercise = Exercise.read(table, where, id=path.stem, notebook=number)
    for key, choice in (("engine", ENGINES), ("waits", WAITS), ("level", (1, 2, 3))):
        if getattr(exercise, key) not in choice:
            raise BadExercise(f"{where}: {key!r} must be one of {choice}")
    if bool(exercise.misunderstanding) != bool(exercise.seen_in):
        raise BadExercise(f"{where}: 'misunderstanding' and 'seen_in' belong together")
    for key, choice in (("survives", SURVIVES), ("never", NEVER)):
        if not {*getattr(exercise, key)} <= {*choice}:
            raise BadExercise(f"{where}: {key!r} may hold {choice}")
    for pattern in (one for wrong in exercise.wrong for one in wrong.seen):
        try:
            re.compile(pattern)
        except re.error as error:
            raise BadExercise(f"{where}, wrong: 'seen' holds {pattern!r}: {error}") from None
    return exercise


@cache
def exercises() -> dict[str, Exercise]:
    """Return all exercises by id: by notebook, in each from easy to hard."""
    files = FOLDER.glob("notebook_*/*.toml")
    found = [parse(path) for path in files if path.name != QUESTIONS]
    found.sort(key=lambda one: (one.notebook, one.level, one.minutes, one.id))
    known: dict[str, Exercise] = {}
    for one in found:
        if one.id in known:
            raise BadExercise(f"notebooks {known[one.id].notebook} and {one.notebook}: {one.id!r}")
        known[one.id] = one
    return known


def find(name: str | Callable) -> Exercise:
    """Return the exercise `name`, or the one that a function is named after.

    Raises UnknownExercise.
    """
    name = getattr(name, "__name__", name)
    if not isinstance(name, str):
        raise UnknownExercise('the name of an exercise is wanted, in quotes, as in "order_chain"')
    if name in exercises():
        return exercises()[name]
    raise UnknownExercise(
        f"there is no exercise {name!r}; did you mean {nearest(name, exercises())}?"
    )


def nearest(name: object, names: Iterable[str]) -> str:
    """Return up to three of the names, the most similar ones: "a or b or c"."""
    near = get_close_matches(str(name), names, n=3)
    return " or ".join(near or get_close_matches(str(name), names, n=3, cutoff=0))
