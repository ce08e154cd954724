"""The text of the notebooks with some releases: a line for each change."""

from collections import Counter
from typing import NamedTuple

from tools.drift.cells import FACT, ORDER, OURS, STEPS, VERSIONS, Change, same

HOOK = "hook"


class Report(NamedTuple):
    """The result with some releases: hooks that must follow, or changes."""

    versions: str
    hooks: list[str]
    changes: list[Change]

    @property
    def lines(self) -> list[str]:
        """Yield the lines of the report.

        They are the versions and the number of each kind; each hook; each fact, with all its cells.
        Other steps are in one line, and consequences only as a number.
        """
        told = [told_once(group) for group in self.groups(FACT, OURS, ORDER)]
        if steps := [one.cell.notebook for one in self.changes if one.kind == STEPS]:
            books = ", ".join(sorted(set(steps)))
            told.append(f"[{STEPS}] {books}: other steps to the same end, in {len(steps)} cells")
        head = f"{self.versions}: {self.summary}"
        return [head, *(f"[{HOOK}] {line}" for line in self.hooks), *told]

    @property
    def summary(self) -> str:
        if self.hooks:
            return "our own code must follow; the notebooks were not run"
        count = Counter(one.kind for one in self.changes if one.kind != VERSIONS)
        if count[FACT]:
            facts = len(self.groups(FACT))
            cells = f" in {count[FACT]} cells" if count[FACT] > 1 else ""
            count[FACT] = f"{facts} fact{'s' if facts > 1 else ''}{cells}"
        told = [n if kind == FACT else f"{n} {kind}" for kind, n in sorted(count.items())]
        return ", ".join(told) or "nothing has changed"

    @property
    def red(self) -> bool:
        return bool(self.hooks or self.groups(FACT, OURS, ORDER))

    def groups(self, *kinds: str) -> list[list[Change]]:
        return same(one for one in self.changes if one.kind in kinds)


def told_once(group: list[Change]) -> str:
    """Report the first of these changes, and the other cells where it is seen."""
    first, *others = group
    places = dict.fromkeys(one.place for one in others)
    more = f"; likewise in {'; '.join(places)}" if places else ""
    return f"{first}{more}"


def markdown(lines: list[str]) -> str:
    """Return the report for an issue."""
    head, *rest = lines
    return "\n".join([f"**{head}**", "", *(f"- {line}" for line in rest)]) + "\n"
