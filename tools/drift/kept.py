"""The last result of each combination of releases: kept.json."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date

from tools import lesson
from tools.drift.cells import FACT, Change
from tools.drift.report import Report

FILE = lesson.PROJECT / "tools" / "drift" / "kept.json"


@dataclass(frozen=True)
class Fact:
    """The text of some cells with the lesson's own releases, and with others."""

    cells: list[str]  # "05 left": the notebook and the cell's id
    place: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Outcome:
    """The result of a combination: the lines of its report, and its facts.

    `left` has the number of jobs that its RQ left behind, by the number of workers, in each run.
    """

    date: str
    lines: list[str]
    facts: list[Fact] = field(default_factory=list)
    left: dict[str, list[int]] = field(default_factory=dict)

    def cells(self) -> set[str]:
        return {cell for fact in self.facts for cell in fact.cells}


def outcome(report: Report, left: dict[str, list[int]]) -> Outcome:
    facts = [_fact(group) for group in report.groups(FACT)]
    return Outcome(str(date.today()), report.lines, facts, left)


def _fact(group: list[Change]) -> Fact:
    first = group[0]
    cells = [f"{one.cell.notebook} {one.cell.id}" for one in group]
    return Fact(cells, first.place, first.was, first.now)


def read() -> dict[str, Outcome]:
    """Return the outcomes by their combinations, as "rq==3.0.0"."""
    stored = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return {
        name: Outcome(**one | {"facts": [Fact(**fact) for fact in one["facts"]]})
        for name, one in stored.items()
    }


def keep(name: str, found: Outcome) -> list[str]:
    """Keep this outcome instead of the last one; return the lines that are new."""
    kept = read()
    before = kept[name].lines if name in kept else []
    kept[name] = found
    _write(kept)
    return [line for line in found.lines if line not in before]


def forget_others(names: Iterable[str]) -> None:
    """Keep these combinations only: others were run with notebooks that have changed since."""
    kept = read()
    _write({name: kept[name] for name in names if name in kept})


def _write(kept: dict[str, Outcome]) -> None:
    stored = {name: asdict(kept[name]) for name in sorted(kept)}
    FILE.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def releases(library: str) -> dict[str, Outcome]:
    """Return the outcomes of this library's releases, and of no other change, the oldest first.

    One may have been run on a server.
    """
    found = {}
    for name, one in read().items():
        pin, *others = name.split()
        if pin.startswith(f"{library}==") and all(word.startswith("server==") for word in others):
            found[pin.partition("==")[2]] = one
    return dict(sorted(found.items(), key=lambda item: order(item[0])))


def order(release: str) -> tuple[int, ...]:
    """Return a release as numbers, for comparison: "2.12.0" is later than "2.6.1"."""
    return tuple(map(int, re.findall(r"\d+", release)))
