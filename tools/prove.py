"""Proof that the stage tells the truth, a line each: make prove

The same script gives the same run in every process, under load; and a worker that is killed for
real, on a real server, leaves behind what the stage says, at every place of six workflows.
"""

import os
import subprocess
import sys
import time
from functools import partial

from lesson_code.lab import Lab, play
from lesson_code.lab.server.own import own_server
from lesson_code.lab.stage.deaths import spread
from lesson_code.lab.stage.real_deaths import real_deaths
from lesson_code.lab.stage.real_worker import named
from tests.stories import REAL
from tools import lesson
from tools.load import load

SCRIPTS = 1000


def told_elsewhere(number: int, seed: str) -> subprocess.Popen:
    """Begin to play so many random scripts in a process with this seed of Python's hashes."""
    code = f"from tests.scripts import told; print(*told({number}), sep='\\n')"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(lesson.PROJECT)}
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def differing(number: int) -> list[int]:
    """Return which of so many scripts are not told alike by two processes."""
    both = [told_elsewhere(number, seed) for seed in ("0", "7")]
    one, other = (process.communicate()[0].split() for process in both)
    if not len(one) == len(other) == number:
        raise RuntimeError("the scripts were not played to the end")
    return [at for at in range(number) if one[at] != other[at]]


def disagreements(story: str, lab: Lab, most: int | None = None) -> tuple[int, list[str]]:
    """Return at how many places real workers were killed, and where they left something else."""
    steps = play(named(story)).steps
    places = spread([*range(len(steps))], len(steps) if most is None else most)
    wrong = []
    for fate in real_deaths(story, lab, places):
        says = play(named(story), fate.token)
        if (fate.kind, fate.says) != (says.kind, says.says):
            wrong.append(f"{fate.token}: {fate.kind}, {fate.says}; the stage: {says.kind}")
    return len(places), wrong


def main() -> None:
    start = time.monotonic()
    with load():
        wrong = [str(at) for at in differing(SCRIPTS)]
    say = partial(print, flush=True)
    say(f"{SCRIPTS:,} random scripts, each played twice under load: {len(wrong)} differ", *wrong)
    failed = bool(wrong)
    for words, name in REAL.items():
        lab = Lab(own_server())
        number, wrong = disagreements(f"tests.stories:{name}", lab)
        lab.close()
        say(f"{words}: {number - len(wrong)} of {number} places agree with kill -9")
        say(*(f"  {what}\n" for what in wrong), sep="", end="")
        failed = failed or bool(wrong)
    say(f"{time.monotonic() - start:.0f} s")
    sys.exit(failed)


if __name__ == "__main__":
    main()
