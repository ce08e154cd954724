"""The columns of the table, and a cell's text for several runs of its question."""

import re
from collections.abc import Callable

from tools.engines.questions import answers

NUMBER = re.compile(r"\d+(?:\.\d+)?")

# The columns of the table: what stands above, and the questions that make a cell.
COLUMNS: dict[str, tuple[str, ...]] = {
    "what becomes of C when B fails": ("failed",),
    "how B and C run after a repair of B": ("again",),
    "a join with a failed part": ("join", "late_join"),
    "None, a tuple, a dict handed on": ("handed",),
    "a join of no parts": ("empty",),
    "the time until B runs again after a kill of its worker": ("killed", "child_killed"),
    "SIGTERM in B": ("terminated",),
    "the same id twice": ("same",),
    "round trips for a chain of 100": ("trips",),
}
QUESTIONS = [question for column in COLUMNS.values() for question in column]


def text(question: str, runs: list) -> str:
    """Return the cell's text for all runs of a question, with a range where numbers differ."""
    make: Callable[[dict | None], str] = getattr(answers, question)
    return merged([make(seen) for seen in runs])


def merged(texts: list[str]) -> str:
    """Join the texts of several runs: numbers as a range, other differences in full."""
    if len({NUMBER.sub("", one) for one in texts}) > 1:
        return "runs differ: " + "; or: ".join(dict.fromkeys(texts))
    ranges = [_range(found) for found in zip(*map(NUMBER.findall, texts), strict=True)]
    return NUMBER.sub(lambda _: ranges.pop(0), texts[0])


def _range(numbers: tuple[str, ...]) -> str:
    low, high = min(numbers, key=float), max(numbers, key=float)
    return low if float(low) == float(high) else f"{low}–{high}"
