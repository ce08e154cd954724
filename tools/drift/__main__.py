"""Say which fact of which notebook has changed with what is installed, or with other releases.

python -m tools.drift                        what is installed
python -m tools.drift rq==3.0.0 redis==7.4.0    an environment of its own, made by uv
python -m tools.drift python==3.13           the same with another Python
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tools import lesson
from tools.drift.cells import FACT, ORDER, OURS, STEPS, Cell, Change, changes

BUILD = lesson.PROJECT / "build" / "drift"
LIBRARIES = ("rq", "arq", "redis", "fakeredis")
VERSIONS_OF = f"""
import sys
from importlib.metadata import version
told = [f"{{name}} {{version(name)}}" for name in {LIBRARIES}]
print(", ".join([*told, "Python " + sys.version.split()[0]]))
"""
HOOK = "hook"
SELF_TEST = "lesson_code/lab/engines/self_test.py"
HOOKS = f"import runpy; print(*runpy.run_path({SELF_TEST!r})['self_test'](), sep='\\n')"


class NoEnvironment(Exception):
    """These releases cannot be installed together; the words are the installer's."""


def main(wanted: list[str]) -> int:
    """Print a line a change, and write build/drift/report.md; return 1 if a fact has changed."""
    try:
        python = environment(wanted) if wanted else Path(sys.executable)
    except NoEnvironment as error:
        print(f"[install] {' '.join(wanted)}: {error}")
        return 1
    report = compare(python)
    print(report, end="")
    (BUILD / "report.md").write_text(markdown(report), encoding="utf-8")
    return int(any(f"[{kind}]" in report for kind in (HOOK, FACT, OURS, ORDER)))


def compare(python: Path) -> str:
    """Run the notebooks with this Python, and return the report: a line a change."""
    hooks = [line for line in run(python, HOOKS).splitlines() if line]
    found = [] if hooks else list(changes(cells(python)))
    return told(run(python, VERSIONS_OF).strip(), hooks, found)


def environment(wanted: list[str]) -> Path:
    """Make an environment with these releases in the place of ours; return its Python.

    `python==3.13` asks for another Python. Raises NoEnvironment if they cannot be installed.
    """
    folder = BUILD / "-".join(one.replace("==", "_") for one in wanted)
    folder.mkdir(parents=True, exist_ok=True)
    pins = [one for one in wanted if not one.startswith("python==")]
    (folder / "overrides.txt").write_text("\n".join(pins), encoding="utf-8")
    python = next((one[8:] for one in wanted if one.startswith("python==")), sys.executable)
    _uv("venv", "-q", "--allow-existing", "--python", python, folder / "env")
    made = folder / "env" / "bin" / "python"
    ours = ["--override", folder / "overrides.txt", "-e", f"{lesson.PROJECT}[test]"]
    _uv("pip", "install", "-q", "--python", made, *ours)
    return made


def _uv(*args: object) -> None:
    done = subprocess.run(["uv", *map(str, args)], capture_output=True, text=True, env=_paths())
    if done.returncode:
        raise NoEnvironment(" ".join(done.stderr.split()))


def _paths() -> dict[str, str]:
    beside = str(Path(sys.executable).parent)
    return os.environ | {"PATH": os.pathsep.join([beside, os.environ.get("PATH", "")])}


def run(python: Path, code: str) -> str:
    done = subprocess.run(
        [python, "-c", code], cwd=lesson.PROJECT, capture_output=True, text=True, check=False
    )
    return done.stdout if not done.returncode else done.stderr.strip().splitlines()[-1]


def cells(python: Path) -> list[Cell]:
    """Run the notebooks; return their code cells. Raises SystemExit if they did not run to the end:
    what has not run must not be told as unchanged.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    file = BUILD / "cells.jsonl"
    file.write_text("", encoding="utf-8")
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "tools.drift.plugin", "--nbval", "notebooks"],
        cwd=lesson.PROJECT,
        env=os.environ | {"DRIFT_CELLS": str(file)},
        capture_output=True,
        text=True,
    )
    found = [Cell(*json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
    if not found or done.returncode not in (0, 1):  # all green, some red
        words = done.stdout[-2000:] + done.stderr[-2000:]
        raise SystemExit(f"the notebooks did not run to the end ({done.returncode}):\n{words}")
    return found


def told(versions: str, hooks: list[str], found: list[Change]) -> str:
    """Return the lines: the versions and how many of each kind, hooks, each fact; other steps are
    told in one line, and what only follows by its number.
    """
    red = [str(one) for one in found if one.kind in (FACT, OURS, ORDER)]
    if steps := [one.cell.notebook for one in found if one.kind == STEPS]:
        books = ", ".join(sorted(set(steps)))
        red.append(f"[{STEPS}] {books}: other steps to the same end, in {len(steps)} cells")
    count = Counter(one.kind for one in found)
    summary = (
        ", ".join(_number(n, kind) for kind, n in sorted(count.items())) or "nothing has changed"
    )
    if hooks:
        summary = "our own code must follow; the notebooks were not run"
    lines = [f"{versions}: {summary}", *(f"[{HOOK}] {line}" for line in hooks), *red]
    return "\n".join(lines) + "\n"


def _number(n: int, kind: str) -> str:
    return f"{n} {kind}s" if kind == FACT and n > 1 else f"{n} {kind}"


def markdown(report: str) -> str:
    head, *rest = report.splitlines()
    return "\n".join([f"**{head}**", "", *(f"- {line}" for line in rest)]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
