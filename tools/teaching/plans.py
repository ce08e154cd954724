"""The plans of docs/teach.md as data: the content and the minutes of each row."""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from lesson_code.exercises.exercise import Exercise, exercises
from tools import lesson
from tools.exercise_cells import is_exercise

PAGE = lesson.PROJECT / "docs" / "teach.md"
LINK = re.compile(r"\[(\d\d)\]\(\.\./notebooks/[^)]+\)(?::? sections? ([\d, and to]+\d))?")
NUMBERED = re.compile(r"^## (\d+)\. ", flags=re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A notebook of a row: its number, and the cells to show."""

    number: str
    title: str
    cells: list[NotebookNode]


@dataclass(frozen=True)
class Row:
    """A row of a plan: its minutes, the activity and the question, in words; and its cells."""

    minutes: int
    what: str
    ask: str
    parts: list[Part]
    exercises: list[Exercise]

    @property
    def is_break(self) -> bool:
        return self.what == "break"


def plans() -> dict[str, list[Row]]:
    """Return the rows of each plan, by its letter."""
    text = PAGE.read_text(encoding="utf-8")
    parts = re.split(r"^## Plan (\w): .+$|^## .+$", text, flags=re.MULTILINE)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return {letter: _rows(rows) for letter, rows in pairs if letter}


def title_of(letter: str) -> str:
    """Return the plan's title, "90 minutes, chains with RQ"."""
    return re.search(rf"^## Plan {letter}: (.+)$", PAGE.read_text(encoding="utf-8"), re.M)[1]


def _rows(table: str) -> list[Row]:
    rows = re.findall(r"^\| (\d+) \| (.+?) \|(?: (.+?))? ?\|$", table, flags=re.MULTILINE)
    return [_row(int(minutes), what, ask) for minutes, what, ask in rows]


def _row(minutes: int, what: str, ask: str) -> Row:
    named = [exercises()[name] for name in re.findall(r"`(\w+)`", what) if name in exercises()]
    return Row(minutes, what, ask, [_part(*found) for found in LINK.findall(what)], named)


def _part(number: str, wanted: str) -> Part:
    path = next(path for path in lesson.paths() if path.name.startswith(number))
    chosen, cells, section = _numbers(wanted), [], None
    for cell in lesson.read(path).cells:
        if cell.cell_type == "markdown" and (found := NUMBERED.search(cell.source)):
            section = int(found[1])
        if cell.id in ("your-turn", "quiz"):
            break
        shown = cell.id != "title" and not is_exercise(cell)
        if shown and (not chosen or section in chosen):
            cells.append(cell)
    return Part(number, lesson.headline(path).title, cells)


def _numbers(words: str) -> set[int]:
    """Return the numbers in "1 to 4 and 7"; none for no words."""
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", words):
        found |= {*range(int(first), int(last or first) + 1)}
    return found
