"""A figure beside its bar, and verdicts beside those of the earlier commit: lines of the report."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

QUIET = 0.75  # of each core: the most that other programs and this benchmark may take
MARKS = {True: "✓", False: "✗", None: "·"}


@dataclass(frozen=True)
class Figure:
    """A line of the report: the measured figure, and how it compares with its bar."""

    what: str
    text: str
    holds: bool | None = None  # None: it has no bar, or cannot be judged here
    strict: bool = False  # if it does not hold, even the short form fails

    def __str__(self) -> str:
        return f"{MARKS[self.holds]} {self.what:58} {self.text}"


def ratio(
    what: str,
    then: Sequence[float],
    now: Sequence[float],
    bar: Fraction | None = None,
    unit: str = "s",
) -> Figure:
    """Compare the median of `now` with the median of `then`; at most `bar` of it is allowed.

    Raises ValueError if one of them is empty, or `then` is not above 0.
    """
    if not (then and now) or median(then) <= 0:
        raise ValueError(f"{what}: there is nothing to compare: {then} and {now}")
    quotient = median(now) / median(then)
    text = f"{median(then):8.2f} {unit} → {median(now):8.2f} {unit}  {quotient:6.3f} ×"
    if bar is None:
        return Figure(what, text)
    return Figure(what, f"{text}  at most {bar}", quotient <= bar)


def amount(what: str, now: float, unit: str, bar: float, why_not: str = "") -> Figure:
    """Compare an amount with its bar. With `why_not` the bar is shown, but not judged."""
    text = f"{now:8.2f} {unit}  at most {bar:g} {unit}"
    if why_not:
        return Figure(what, f"{text}, not judged: {why_not}")
    return Figure(what, text, now <= bar)


def verdicts(what: str, then: Sequence, now: Sequence) -> Figure:
    """Compare verdicts one by one; they must be equal, in every form of the benchmark.

    Their words are not compared: they have been edited since that commit.

    Raises ValueError if there are none.
    """
    if not then:
        raise ValueError(f"{what}: the earlier commit gives no verdict")
    if len(then) != len(now):
        text = f"{len(then)} verdicts became {len(now)}"
        return Figure(what, text, False, strict=True)
    other = [(one, two) for one, two in zip(then, now, strict=True) if one != two]
    if not other:
        return Figure(what, f"{len(then)} verdicts, all equal", True, strict=True)
    text = "{} of {} verdicts differ; the first was {!r}, and is {!r}"
    return Figure(what, text.format(len(other), len(then), *other[0]), False, strict=True)


def failed(figures: Sequence[Figure], short: bool) -> list[Figure]:
    """Return the figures that make the benchmark fail: in the short form only the strict ones."""
    return [one for one in figures if one.holds is False and (one.strict or not short)]


def too_busy(load: float) -> str:
    """Return why a bar in real time says nothing at this load average; "" if it does."""
    return "" if load <= QUIET * (os.cpu_count() or 1) else f"the load of the machine is {load:.1f}"
