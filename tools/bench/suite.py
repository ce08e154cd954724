"""The tests of `make test`: their time, and the memory of all their processes."""

import os
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from tools.bench.figures import Figure, amount, ratio, too_busy
from tools.bench.in_turn import Broken, metered
from tools.bench.trees import COMMIT, Setting

BAR = Fraction(1, 4)
CLOCK = 150.0  # seconds, on two quiet cores
MEMORY = 1500.0  # MB
SAMPLE = 0.5  # seconds between two looks at the memory
FEW = ["tests/test_json.py", "tests/test_turns.py"]  # the short form


def figures(setting: Setting) -> Iterator[Figure]:
    """Run the suite once in each tree, which takes half an hour. Raises Broken."""
    load = os.getloadavg()[0]
    then, now = (tests(tree, FEW if setting.short else []) for tree in (setting.then, setting.now))
    yield Figure(f"the tests at {COMMIT}", summary(then), None if then["status"] else True)
    yield Figure("the tests", summary(now), not now["status"], strict=True)
    yield ratio("the tests", [then["processor"]], [now["processor"]], BAR)
    yield ratio("the tests by the clock", [then["clock"]], [now["clock"]])
    yield amount("the tests by the clock", now["clock"], "s", CLOCK, too_busy(load))
    yield amount("peak memory of the tests", now["peak"], "MB", MEMORY)


def tests(tree: Path, some: list[str]) -> dict[str, Any]:
    """Run these tests, or all and the notebooks, in this tree. Raises Broken if they do not run."""
    options = ["--nbval", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, *some]
    ran = metered(tree, tree, command, SAMPLE)
    if ran["status"] not in (0, 1):
        raise Broken(f"the tests in {tree} do not run:\n{ran['out'][-3000:]}{ran['err'][-3000:]}")
    return ran


def summary(ran: dict[str, Any]) -> str:
    """Return pytest's last line, and the names of the tests that failed."""
    lines = ran["out"].strip().splitlines()
    return "; ".join([lines[-1], *(line for line in lines if line.startswith("FAILED"))])
