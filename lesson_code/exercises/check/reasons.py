"""The usual reasons of a difference: told only where the answer's source shows what they claim."""

import ast
import re

from lesson_code.exercises.exercise import Exercise, Wrong


def reasons(exercise: Exercise, told: list[str], source: str) -> list[Wrong]:
    """Return the wrong answers that give a reason for what is told about an answer.

    Its source shows all that they claim. One that claims more comes first.
    """
    bare = _without_comments(source)
    found = [
        wrong
        for what in told
        for wrong in exercise.wrong
        if wrong.because and wrong.says in what and all(_shows(bare, one) for one in wrong.seen)
    ]
    return sorted(found, key=lambda one: -len(one.seen))


def _shows(source: str, what: str) -> bool:
    """Return whether the regular expression is found; one that begins with "!" must not be."""
    return bool(re.search(what.removeprefix("!"), source)) != what.startswith("!")


def _without_comments(source: str) -> str:
    try:
        return ast.unparse(ast.parse(source))
    except SyntaxError:
        return source
