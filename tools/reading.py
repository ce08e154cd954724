"""How long a notebook takes: to read it, by its words, code and questions; and to practise."""

import re

from nbformat import NotebookNode

from lesson_code.exercises.own_project import MINUTES as OWN_PROJECT
from tools import exercise_cells, turns

WORDS = 150  # a minute: it is prose about what the reader has just seen
CODE = 0.25  # minutes for a cell of code and its output
QUESTION = 0.7  # minutes for a question (`predict`), and for its answer (`reason`)
QUIZ = 0.3  # minutes for a question about what was read
CLOSING = 3  # so many of them close a notebook
PRACTICE = ("exercise", "own-")  # so the ids of cells begin that count as practice
NOT_READ_THROUGH = {"setup", "contents", "navigation"}
NOT_READ = re.compile(
    r"<details>.*?</details>"  # answers, hints
    r"|^\*\*(Time|Last run with)\*\* .*$"
    r"|^- \[.*\]\(#cell-id=.*\)$"  # "You can now" says again what "You will" has said
    r"|!\[.*?\]\(.*?\)",  # a picture
    flags=re.DOTALL | re.MULTILINE,
)


def minutes(nb: NotebookNode) -> int:
    """Return the minutes to read a notebook, rounded; without its exercises and a long quiz."""
    return round(sum(_minutes(cell) for cell in nb.cells if not _is_practice(cell, nb)))


def practice(nb: NotebookNode, number: str) -> int:
    """Return the minutes to practise: exercises, "Your turn", a project of the learner's own, and
    a quiz over more than this notebook.
    """
    own = any(cell.id == "own-chain" for cell in nb.cells)
    turn = turns.turn(nb) is not None
    quiz = sum(QUIZ for cell in nb.cells if _is_quiz(cell) and _is_practice(cell, nb))
    return exercise_cells.minutes(number) + turn * turns.MINUTES + own * OWN_PROJECT + round(quiz)


def _is_quiz(cell: NotebookNode) -> bool:
    return cell.source.startswith("quiz(")


def _is_practice(cell: NotebookNode, nb: NotebookNode) -> bool:
    long_quiz = sum(map(_is_quiz, nb.cells)) > CLOSING
    return cell.id.startswith(PRACTICE) or (_is_quiz(cell) and long_quiz)


def _minutes(cell: NotebookNode) -> float:
    """Return the minutes to read a cell."""
    if cell.id in NOT_READ_THROUGH:
        return 0
    if cell.cell_type == "markdown":
        return len(NOT_READ.sub("", cell.source).split()) / WORDS
    if _is_quiz(cell):
        return QUIZ
    return QUESTION if cell.source.startswith(("predict(", "reason(")) else CODE
