"""The time of a check as a learner feels it: official solutions and published wrong answers."""

import os
from collections.abc import Iterator
from fractions import Fraction
from statistics import median

from tools.bench.figures import Figure, amount, ratio, too_busy, verdicts
from tools.bench.in_turn import Broken, Ran, in_turn
from tools.bench.trees import Setting

SAMPLE = (
    *("first_things_first", "morning_after", "pass_it_on", "side_by_side", "try_again"),
    *("next_in_line", "full_house", "all_weighed", "charge_once", "overtaken"),
)
BAR = Fraction(1, 3)
CLOCK = {"wrong": 0.5, "right": 0.9}  # seconds in the median, on a quiet machine
DEAREST = 3.0  # seconds, on a quiet machine
MEMORY = 120.0  # MB, of the processes that are kept for the next check


def figures(setting: Setting) -> Iterator[Figure]:
    """Compare the processor time of all checks.

    The time of a run without them is subtracted, so any process may have spent it. Raises Broken.
    """
    names = setting.exercises or (SAMPLE[:1] if setting.short else SAMPLE)
    asked = {"names": names, "most": 1 if setting.short else 0, "warm_up": False}
    load = os.getloadavg()[0]
    pairs = in_turn(setting, "checks", asked)
    without = in_turn(setting, "checks", asked | {"warm_up": True})
    if any(check["busy"] for pair in pairs for ran in pair for check in ran.said["checks"]):
        raise Broken("the machine is so busy that a check gave no verdict: try again later")
    then, now = (
        [ran.processor - base for ran in some]
        for some, base in zip(zip(*pairs, strict=True), _bases(without), strict=True)
    )
    yield ratio(f"{len(pairs[-1][1].said['checks'])} checks", then, now, BAR)
    yield verdicts("checks", *([c["verdict"] for c in ran.said["checks"]] for ran in pairs[-1]))
    yield from clocked(pairs, load)
    yield from memory(pairs[-1][1])


def _bases(without: list[tuple[Ran, Ran]]) -> list[float]:
    """Return the processor time (s) of a run without the checks, then and now."""
    return [median(ran.processor for ran in some) for some in zip(*without, strict=True)]


def clocked(pairs: list[tuple[Ran, Ran]], load: float) -> Iterator[Figure]:
    """Measure how long a learner waits; the bars are for a quiet machine only."""
    busy = too_busy(load)
    yield Figure("load of the machine before the checks", f"{load:8.2f}")
    then, now = (
        [c for ran in some for c in ran.said["checks"]] for some in zip(*pairs, strict=True)
    )
    for kind, bar in CLOCK.items():
        old, new = ([c["seconds"] for c in some if c["kind"] == kind] for some in (then, now))
        yield ratio(f"a {kind} answer by the clock, median", old, new)
        yield amount(f"a {kind} answer by the clock, median", median(new), "s", bar, busy)
    dearest = max(now, key=lambda check: check["seconds"])
    title = f"the dearest by the clock: {dearest['verdict'][0]}"
    yield amount(title, dearest["seconds"], "s", DEAREST, busy)


def memory(ran: Ran) -> Iterator[Figure]:
    """Measure the memory between two checks; processes share some, which counts once (Linux)."""
    kept = ran.said["kept"]
    if not kept:
        yield Figure("memory of a warm judge", "there is none: no process is kept for a check")
        return
    rss = max(one["rss"] for one in kept)
    title = f"memory of a warm judge ({len(kept)} processes), PSS"
    yield amount(title, sum(one["pss"] for one in kept), "MB", MEMORY)
    yield Figure("the largest of them, RSS", f"{rss:8.2f} MB")
