"""The same small program in both trees, in turn, each time in processes of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench.trees import Setting
from tools.lesson import PROJECT

PROGRAMS = Path(__file__).parent / "programs"


class Broken(Exception):
    """The error for a measuring program that failed; it holds the end of its output."""


@dataclass(frozen=True)
class Ran:
    """The output of one run, and its costs."""

    said: dict[str, Any]
    processor: float  # seconds, of all its processes
    clock: float  # seconds
    peak: float = 0  # MB, of all its processes, if they were sampled


def in_turn(setting: Setting, program: str, asked: dict[str, Any]) -> list[tuple[Ran, Ran]]:
    """Run a program of the folder `programs` then, now, then, now …; return the pairs.

    Raises Broken.
    """
    trees = setting.then, setting.now
    return [
        tuple(run(tree, program, asked) for tree in trees)  # type: ignore[misc]
        for _ in range(setting.rounds)
    ]


def run(tree: Path, program: str, asked: dict[str, Any]) -> Ran:
    """Run a program on the code of this tree; its last line of output is its result, in JSON.

    Raises Broken, even if it has measured the code of another tree.
    """
    command = [sys.executable, "-P", str(PROGRAMS / f"{program}.py"), json.dumps(asked)]
    ran = metered(tree, tree, command)
    lines = ran["out"].strip().splitlines()
    if ran["status"] or not lines:
        raise Broken(f"{program} in {tree} ended with {ran['status']}:\n{ran['err'][-3000:]}")
    said = json.loads(lines[-1])
    if Path(said["tree"]).resolve() != tree.resolve():
        raise Broken(f"{program} has measured {said['tree']}, and not {tree}")
    return Ran(said, ran["processor"], ran["clock"], ran["peak"])


def metered(tree: Path, folder: Path, command: list[str], sample: float = 0) -> dict[str, Any]:
    """Return the meter's report on the command, run on the code of this tree. Raises Broken."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONHASHSEED": "0",
        "LESSON_FRAMES": "last",
        "LESSON_PROGRESS": os.devnull,
    }
    environment.pop("REDIS_URL", None)  # all runs are compared on the embedded Redis
    meter = [sys.executable, "-P", str(PROJECT / "tools/bench/meter.py"), str(folder), str(sample)]
    done = subprocess.run([*meter, *command], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Broken(f"the meter has failed:\n{done.stderr[-3000:]}")
    ran = json.loads(done.stdout)
    if ran["left"]:
        raise Broken(f"these processes did not end with {command}: {ran['left']}")
    return ran
