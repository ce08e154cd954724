"""Notebook 09, which plays every crash, on a fresh kernel."""

import os
from collections.abc import Iterator
from statistics import median

from tools.bench.figures import Figure, amount, ratio, too_busy
from tools.bench.in_turn import in_turn
from tools.bench.trees import Setting

DEAREST, CHEAPEST = "09", "00"  # the short form runs the cheapest
CLOCK = 8.0  # seconds, on a quiet machine


def figures(setting: Setting) -> Iterator[Figure]:
    number = CHEAPEST if setting.short else DEAREST
    load = os.getloadavg()[0]
    then, now = zip(*in_turn(setting, "notebook", {"number": number}), strict=True)
    title = f"notebook {number}"
    yield ratio(title, [ran.processor for ran in then], [ran.processor for ran in now])
    clocks = [ran.clock for ran in now]
    yield ratio(f"{title} by the clock", [ran.clock for ran in then], clocks)
    yield amount(f"{title} by the clock", median(clocks), "s", CLOCK, too_busy(load))
