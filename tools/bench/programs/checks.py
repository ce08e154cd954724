"""Measured: checks as a learner times them, in the tree that PYTHONPATH names.

Its argument is JSON: "exercises" (ids), "most" (answers of each kind of each exercise; 0: all), and
"warm_up" (do all but the checks: import, and check one answer).
"""

import json
import sys
import time
from pathlib import Path

import psutil

import lesson_code
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import exercises

WARM_UP = "order_chain"


def main(names: list[str], most: int, warm_up: bool) -> None:
    known = exercises()
    examine(known[WARM_UP], [known[WARM_UP].solutions[0]])
    told = []
    for name in [] if warm_up else names:
        one = known[name]
        kinds = {"right": one.solutions, "wrong": [wrong.answer for wrong in one.wrong]}
        for kind, answers in kinds.items():
            for number, answer in enumerate(answers[: most or None]):
                start = time.perf_counter()
                verdict = examine(one, [answer])[0]
                seconds = time.perf_counter() - start
                says = [f"{name}, {kind} {number}", verdict["solved"]]
                busy = bool(verdict.get("busy"))
                told.append({"kind": kind, "seconds": seconds, "verdict": says, "busy": busy})
    tree = str(Path(lesson_code.__file__).parents[1])
    print(json.dumps({"tree": tree, "checks": told, "kept": kept()}))


def kept() -> list[dict[str, float]]:
    """Return the MB of each process that is kept for the next check."""
    me, found = psutil.Process(), []
    meter = me.parent()  # it adopts the processes that have left this one
    for one in meter.children(recursive=True):
        try:
            full = one.memory_full_info()
        except psutil.Error:
            continue  # it has ended, so it is not kept
        if one != me:
            found.append({"rss": full.rss / 1e6, "pss": getattr(full, "pss", full.rss) / 1e6})
    return found


main(**json.loads(sys.argv[1]))
