"""The meaning of a red cell: a fact has changed, or it only follows from another red cell."""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tools.names import bound, inside, used

ERROR = re.compile(r"\w*(Error|Exception|Operation|Warning): .*")
STATE = re.compile(r"(?P<job>[\w-]+) +\S (?P<state>[a-z]+)\b.*")  # a line of a job graph's text
STEPS_OF = re.compile(  # counts of steps: places, their tokens and names, the harmless
    r"\b(x?\d*d\d+|x?\d*s\d+w\d+)\b|\bStep \d+|\d+ more steps"
    r"|\d+ places|\d+ orders|\borders \d+|(\d+ of )?\d+ runs"
    r"|\d+ unharmed|'unharmed': \d+|\d+ +states read"
    r"|\bafter it .*?, before it .*?(?= \(`)|(?<=lost |wice )after it .*"
)
SAMPLE = re.compile(r"\d+ of \d+ (runs: |Counter)")
NAME = re.compile(r"`[^`]*`")  # of a job
WORD = re.compile(r"[^\W\d_]{2,}")
A_STEP = re.compile(r"[> ]+\d+  worker-\d.*")  # of a run that is shown step by step
TIME = re.compile(r"datetime\.datetime\([^()]*\)")  # it differs in each run
FACT, STEPS, ORDER, OURS = "fact", "steps", "order", "our code"
FOLLOWS, VERSIONS = "follows", "versions"
WORDS = 110  # characters of a line in the report


class Cell(NamedTuple):
    """A code cell that has run: its stored lines and the lines that it printed now.

    `error` is the last line of its traceback, or None; `ours` is the place in lesson_code that
    raised it, as "lab/run.py:12", or None if a library or the cell itself did.
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
    """The meaning of a red cell: in words, its old text, and its new text.

    The same change in two cells has the same words in `gone_and_new`.
    """

    kind: str
    cell: Cell
    words: str
    was: str = ""
    now: str = ""
    gone_and_new: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    @property
    def place(self) -> str:
        return f'{self.cell.notebook}, "{self.cell.heading}"'

    def __str__(self) -> str:
        return f"[{self.kind}] {self.place}: {self.words}"


def changes(cells: Iterable[Cell]) -> Iterator[Change]:
    """Yield the change of each red cell. The cells are in their order.

    A cell that stopped half-way has not made its names, and a changed cell that consists of a name
    shows another value. A cell that uses a name of the first, or stops at one of the second, only
    follows.
    """
    missing: dict[str, dict[str, str]] = {}  # notebook -> name -> the cell that should have made it
    others: dict[str, dict[str, str]] = {}  # notebook -> name -> the cell that shows another value
    for cell in cells:
        lost = missing.setdefault(cell.notebook, {})
        other = others.setdefault(cell.notebook, {})
        makes = {name for name, _ in bound(cell.source)} - inside(cell.source)
        uses = sorted(used(cell.source) - inside(cell.source))
        stops = cell.red and cell.error and cell.error not in cell.said
        broken = [lost[name] for name in uses if name in lost]
        if stops and not cell.ours:
            broken += [other[name] for name in uses if name in other]
        if cell.red:
            change = _follows(cell, broken[0]) if broken else _change(cell)
            yield change
            if change.kind == FACT and cell.source.isidentifier():
                other[cell.source] = cell.id
        if stops:
            lost |= dict.fromkeys(makes, broken[0] if broken else cell.id)
        else:
            for name in makes & set(lost):
                del lost[name]


def same(changes: Iterable[Change]) -> list[list[Change]]:
    """Group the changes that are the same one, seen in several cells.

    They are the same if one has all the words of the other.
    """
    groups: list[list[Change]] = []
    for one in changes:
        for group in groups:
            if _within(one, group[0]) or _within(group[0], one):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _within(one: Change, other: Change) -> bool:
    words = one.kind == other.kind and any(one.gone_and_new)
    return words and all(map(frozenset.issubset, one.gone_and_new, other.gone_and_new))


def _follows(cell: Cell, first: str) -> Change:
    return Change(FOLLOWS, cell, f"it needs what the cell {first} makes")


def _change(cell: Cell) -> Change:
    gone = [line for line in cell.said if line not in cell.says]
    new = [line for line in cell.says if line not in cell.said]
    if cell.notebook == "00" and cell.id == "check":
        return Change(VERSIONS, cell, f"now {new[0] if new else 'as before'}")
    if cell.error and cell.ours:
        return Change(OURS, cell, f"{cell.ours} raises {_short(cell.error)}")
    if gone and not cell.error and (_ends(gone) == _ends(new) or (_sample(gone) and _sample(new))):
        return Change(STEPS, cell, "other steps to the same end")
    if sorted(cell.said) == sorted(cell.says) and cell.said:
        return Change(ORDER, cell, "the same lines come in another order")
    if cell.error and cell.error not in cell.said:
        words = f"it did not fail; now {_short(cell.error)}"
        return Change(FACT, cell, words, "no error", cell.error)
    more, less = _without(new, _ends(gone)), _without(gone, _ends(new))
    pairs = _pairs(less, more) or _pairs(gone, new) or [("its picture", "another one")]
    words = "; and ".join(_pair(*pair) for pair in pairs[:2])
    return Change(FACT, cell, words, *pairs[0], _difference(less, more))


def _ends(lines: list[str]) -> list[str]:
    """Return the lines without their steps, and without counts of steps."""
    return [_end(line) for line in lines if not A_STEP.fullmatch(line)]


def _end(line: str) -> str:
    return STEPS_OF.sub("…", line)


def _sample(lines: list[str]) -> bool:
    """Return whether the lines are about some runs of many; their choice depends on the number."""
    return any(SAMPLE.match(line) for line in lines)


def _without(lines: list[str], ends: list[str]) -> list[str]:
    """Return the lines that differ in more than their steps from all that have these ends."""
    return [line for line in lines if not A_STEP.fullmatch(line) and _end(line) not in ends]


def _difference(gone: list[str], new: list[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of the one that are not in the other, without numbers and names of jobs."""
    was, now = _words(gone), _words(new)
    return was - now, now - was


def _words(lines: list[str]) -> frozenset[str]:
    return frozenset(WORD.findall(NAME.sub("", " ".join(map(_end, lines)))))


def _pairs(gone: list[str], new: list[str]) -> list[tuple[str, str]]:
    """Return each line that is gone with its replacement; "" where there is none."""
    left, pairs = list(new), []
    alike = 0.0 if len(gone) == len(new) else 0.3
    for line in gone:
        close = difflib.get_close_matches(line, left, n=1, cutoff=alike)
        if close:
            left.remove(close[0])
        pairs.append((line, close[0] if close else ""))
    return pairs + [("", line) for line in left]


def _pair(was: str, now: str) -> str:
    """Describe the change of a line; for a job's line, the job's new state."""
    if not now:
        return f"it no longer says {_short(was)}"
    if not was:
        return f"now also {_short(now)}"
    a, b = STATE.fullmatch(was), STATE.fullmatch(now)
    if a and b and a["job"] == b["job"] and a["state"] != b["state"]:
        return f"{a['job']} was {a['state']}; now it is {b['state']}"
    return f"it said {_short(was)}; now {_short(now)}"


def short(line: str, length: int = WORDS) -> str:
    """Return at most so many characters of the line, without times, which differ in each run."""
    line = TIME.sub("datetime(…)", line)
    return line if len(line) <= length else f"{line[:length]} …"


def _short(line: str) -> str:
    return repr(short(line))
