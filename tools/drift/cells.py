"""What a red cell means: a fact that has changed, or what only follows from another red cell."""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.lint import bound

ERROR = re.compile(r"\w*(Error|Exception|Operation|Warning): .*")
STATE = re.compile(r"(?P<job>[\w-]+) +\S (?P<state>[a-z]+)\b.*")  # a line of a job graph's text
STEPS_OF = re.compile(  # what counts steps: places, their tokens, and the harmless among them
    r"\b(x?\d*d\d+|x?\d*s\d+w\d+)\b|\bStep \d+|\d+ more steps|\d+ places|\d+ orders|\d+ unharmed"
    r"|'unharmed': \d+"
)
A_STEP = re.compile(r"[> ]+\d+  worker-\d.*")  # of a run that is told step by step
TIME = re.compile(r"datetime\.datetime\([^()]*\)")  # another one in each run
FACT, STEPS, ORDER, OURS = "fact", "steps", "order", "our code"
FOLLOWS, VERSIONS = "follows", "versions"
WORDS = 110  # characters of a line that are told


class Cell(NamedTuple):
    """A code cell that has run: the lines that are stored and those that it printed now.

    `error` is the last line of its traceback, or None; `ours` the place in lesson_code that raised
    it, as "lab/run.py:12", or None if a library or the cell itself did.
    """

    notebook: str  # "05"
    heading: str
    id: str
    source: str
    red: bool
    said: list[str]
    says: list[str]
    error: str | None = None
    ours: str | None = None


class Change(NamedTuple):
    kind: str
    cell: Cell
    words: str

    def __str__(self) -> str:
        return f'[{self.kind}] {self.cell.notebook}, "{self.cell.heading}": {self.words}'


def changes(cells: Iterable[Cell]) -> Iterator[Change]:
    """Say of each red cell what has changed. The cells come in their order.

    A cell that stopped half-way has not made its names; what uses them only follows from it.
    """
    missing: dict[str, dict[str, str]] = {}  # notebook -> name -> the cell that should have made it
    for cell in cells:
        lost = missing.setdefault(cell.notebook, {})
        makes = {name for name, _ in bound(cell.source)}
        uses = _uses(cell.source)
        broken = [lost[name] for name in sorted(uses) if name in lost]
        if cell.red:
            yield _follows(cell, broken[0]) if broken else _change(cell)
        if cell.red and cell.error and cell.error not in cell.said:
            lost |= dict.fromkeys(makes, broken[0] if broken else cell.id)
        else:
            for name in makes & set(lost):
                del lost[name]


def _follows(cell: Cell, first: str) -> Change:
    return Change(FOLLOWS, cell, f"it needs what the cell {first} makes")


def _change(cell: Cell) -> Change:
    gone = [line for line in cell.said if line not in cell.says]
    new = [line for line in cell.says if line not in cell.said]
    if cell.notebook == "00" and cell.id == "check":
        return Change(VERSIONS, cell, f"now {new[0] if new else 'as before'}")
    if cell.error and cell.ours:
        return Change(OURS, cell, f"{cell.ours} raises {_short(cell.error)}")
    if gone and not cell.error and _ends(gone) == _ends(new):
        return Change(STEPS, cell, "other steps to the same end")
    if sorted(cell.said) == sorted(cell.says) and cell.said:
        return Change(ORDER, cell, "the same lines come in another order")
    if cell.error and cell.error not in cell.said:
        return Change(FACT, cell, f"it did not fail; now {_short(cell.error)}")
    return Change(FACT, cell, "; and ".join(_pairs(gone, new)[:2]) or "its picture has changed")


def _ends(lines: list[str]) -> list[str]:
    """Return the lines without their steps, and without what counts steps."""
    return [STEPS_OF.sub("…", line) for line in lines if not A_STEP.fullmatch(line)]


def _pairs(gone: list[str], new: list[str]) -> list[str]:
    """Say what became of each line that is gone; of a job, which state it has now."""
    left, told = list(new), []
    alike = 0.0 if len(gone) == len(new) == 1 else 0.3
    for line in gone:
        close = difflib.get_close_matches(line, left, n=1, cutoff=alike)
        if close:
            left.remove(close[0])
        told.append(_pair(line, close[0] if close else None))
    return told + [f"now also {_short(line)}" for line in left]


def _pair(was: str, now: str | None) -> str:
    if now is None:
        return f"it no longer says {_short(was)}"
    a, b = STATE.fullmatch(was), STATE.fullmatch(now)
    if a and b and a["job"] == b["job"] and a["state"] != b["state"]:
        return f"{a['job']} was {a['state']}; now it is {b['state']}"
    return f"it said {_short(was)}; now {_short(now)}"


def _short(line: str) -> str:
    line = TIME.sub("datetime(…)", line)
    return repr(line if len(line) <= WORDS else f"{line[:WORDS]} …")


def _uses(source: str) -> set[str]:
    nodes = ast.walk(ast.parse(source))
    return {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
