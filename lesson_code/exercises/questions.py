"""Predict, then run: the questions of each notebook, from its questions.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache

from lesson_code.exercises.exercise import (
    FOLDER,
    QUESTIONS,
    BadExercise,
    Table,
    UnknownExercise,
    nearest,
)


@dataclass(frozen=True)
class Question(Table):
    """A question, asked before a cell is run, and the reason of its answer, told after."""

    id: str
    notebook: str
    text: str
    options: dict  # letter -> words
    answer: str
    reason: str


@cache
def questions() -> dict[str, Question]:
    """Return all questions by id. Raises BadExercise."""
    found = {}
    for file in sorted(FOLDER.glob(f"notebook_*/{QUESTIONS}")):
        where = f"{file.parent.name}/{file.name}"
        try:
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BadExercise(f"{where}: {error}") from None
        number = file.parent.name.removeprefix("notebook_")
        for name, table in tables.items():
            found[name] = Question.read(table, f"{where}, {name}", id=name, notebook=number)
    for one in found.values():
        if one.answer not in one.options:
            raise BadExercise(f"{one.id}: the answer is none of the options")
    return found


def find_question(name: str) -> Question:
    """Return the question `name`. Raises UnknownExercise."""
    if name in questions():
        return questions()[name]
    raise UnknownExercise(
        f"there is no question {name!r}; did you mean {nearest(name, questions())}?"
    )
