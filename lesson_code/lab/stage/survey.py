"""The result of many runs of one chain, as a report for a terminal."""

from dataclasses import dataclass

from lesson_code.lab.record import Fate, Fates

MOST_LINES = 40  # of a report
MOST_OF_MAP = 20  # of its lines, for the maps
WIDE = 200  # letters in a line
WORST = ("unharmed", "twice", "lost", "hangs")


@dataclass(frozen=True)
class Survey:
    """The fates of all runs that were played: those with crashes, and those in other orders.

    The harms of a kind in `allowed` are no reason to fail.
    """

    name: str  # of the function that enqueues
    crashes: Fates
    orders: Fates
    warnings: tuple[str, ...]  # what could not be played, a sentence each
    allowed: frozenset[str] = frozenset()

    @property
    def fates(self) -> Fates:
        """Return the fates of all runs."""
        both = self.crashes, self.orders
        played = tuple(fate for one in both for fate in one.fates)
        return Fates(played, sum(one.possible for one in both), self.warnings)

    @property
    def harmful(self) -> list[Fate]:
        """Return the fates with a harm that is not allowed."""
        return [
            fate
            for fate in self.fates.fates
            if any(kind not in self.allowed for kind, _ in fate.harms)
        ]

    @property
    def worst(self) -> Fate:
        """Return the first harmful fate of the worst kind. Raises ValueError if there is none."""
        return min(self.harmful, key=lambda fate: -WORST.index(fate.kind))

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def verdict(self) -> str:
        """Return the result in one sentence."""
        if not (bad := self.harmful):
            return f"{self.name} survives all {len(self.fates.fates):,} runs"
        first = self.worst
        number = f"{len(bad):,} of {len(self.fates.fates):,} runs"
        return f"{self.name} does not survive {number}; the first ({first.token}): {_said(first)}"

    def lines(self, replay: str = "") -> list[str]:
        """Return the verdict, the maps, the warnings and how to `replay`: at most MOST_LINES."""
        head = [_short(self.verdict()), ""]
        maps = [line for one in (self.crashes, self.orders) if one.fates for line in _map(one)]
        told = [f"! {_short(one)}" for one in self.warnings]
        ends = ["", replay] if replay and self.harmful else []
        room = MOST_LINES - len(head) - len(ends)
        return [*head, *_cut([*_cut(maps, MOST_OF_MAP, "lines"), *told], room, "warnings"), *ends]


def _said(fate: Fate) -> str:
    return fate.says.replace("`", "")


def _map(fates: Fates) -> list[str]:
    return [_short(line) for line in str(fates).splitlines()]


def _short(line: str) -> str:
    return line if len(line) <= WIDE else f"{line[: WIDE - 1]}…"


def _cut(lines: list[str], most: int, what: str) -> list[str]:
    """Return at most so many lines; the last says how many are left out."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"… and {len(lines) - most + 1:,} more {what}"]
