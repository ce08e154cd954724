"""Predict, then run: the questions of each notebook, from its questions.toml."""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from random import Random

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
    """A question, asked before a cell is run, with the reason of its answer, shown afterwards."""

    id: str
    notebook: str
    text: str
    options: dict  # "1" -> words
    answer: str
    reason: str


@cache
def questions() -> dict[str, Question]:
    """Return all questions by id, their options shuffled. Raises BadExercise."""
    found: dict[str, Question] = {}
    for file in sorted(FOLDER.glob(f"notebook_*/{QUESTIONS}")):
        where = f"{file.parent.name}/{file.name}"
        try:
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BadExercise(f"{where}: {error}") from None
        number = file.parent.name.removeprefix("notebook_")
        for name, table in tables.items():
            if name in found:
                raise BadExercise(f"{where}: notebook {found[name].notebook} has {name!r}, too")
            found[name] = Question.read(table, f"{where}, {name}", id=name, notebook=number)
    for one in found.values():
        if one.answer not in one.options:
            raise BadExercise(f"{one.id}: the answer is none of the options")
    return {name: _shuffled(one) for name, one in found.items()}


def _shuffled(question: Question) -> Question:
    """Return it with its options numbered, in an order that its id draws: no number is favoured.

    Numbers never look like the names of jobs, as letters do.
    """
    words = list(question.options.values())
    Random(question.id).shuffle(words)
    options = {str(number): one for number, one in enumerate(words, start=1)}
    right = question.options[question.answer]
    answer = next(number for number, one in options.items() if one == right)
    return replace(question, options=options, answer=answer)


def find_question(name: str) -> Question:
    """Return the question `name`. Raises UnknownExercise."""
    if name in questions():
        return questions()[name]
    raise UnknownExercise(
        f"there is no question {name!r}; did you mean {nearest(name, questions())}?"
    )
