"""The suite proves that it can fail: faults planted in every notebook turn just those cells red."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest

from tests import lint
from tools import lesson

NOTEBOOKS = lesson.paths()


def an_edge_dropped(text: str) -> str:
    return re.sub(r"  after \S+", "", text, count=1)


def a_state_changed(text: str) -> str:
    return re.sub(r"finished|complete|deferred|queued|canceled", "failed", text, count=1)


def a_result_altered(text: str) -> str:
    return re.sub(r"(?<=→ )(\S)(.)", r"\1X\2", text, count=1)


def an_order_swapped(text: str) -> str:
    return re.sub(r"(\S+)(\n|, )(\S+)", r"\3\2\1", text, count=1)


FAULTS = [an_edge_dropped, a_state_changed, a_result_altered, an_order_swapped]


def plant(nb: nbformat.NotebookNode) -> dict[int, str]:
    """Change what some cells have stored, a cell for each fault; return which, by number."""
    planted: dict[int, str] = {}
    for fault in FAULTS:
        for number, cell in enumerate(lint.code_cells(nb)):
            if number not in planted and any(change(output, fault) for output in cell.outputs):
                planted[number] = fault.__name__
                break
    return planted


def change(output: nbformat.NotebookNode, fault) -> bool:
    """Plant the fault into the text of an output, if it has a place for it."""
    holder, key = (output, "text") if "text" in output else (output.get("data", {}), "text/plain")
    before = holder.get(key, "")
    if before.startswith("<IPython") or (after := fault(before)) == before:
        return False
    holder[key] = after
    return True


def nbval(folder, report) -> dict[str, set[int]]:
    """Run nbval over the copy of the lesson in `folder`; return the cells that failed."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", f"--junitxml={report}", "notebooks"]
    subprocess.run(command, cwd=folder, capture_output=True, env=dict(os.environ))
    failed: dict[str, set[int]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        file = re.search(r"\d\d_\w+", case.get("classname"))[0]
        cells = failed.setdefault(file, set())
        if case.find("failure") is not None:
            cells.add(int(case.get("name").split()[-1]))
    return failed


def prepare(folder: str):
    """Return the planted faults and the cells that failed, by notebook."""
    folder = Path(folder)
    for name in ("lesson_code", "tests"):
        shutil.copytree(lesson.PROJECT / name, folder / name)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(lesson.PROJECT / name, folder)
    (folder / "notebooks").mkdir()
    planted = {}
    for path in NOTEBOOKS:
        nb = lesson.read(path)
        planted[path.stem] = plant(nb)
        last = lint.code_cells(nb)[max(planted[path.stem])]
        nb.cells = nb.cells[: nb.cells.index(last) + 1]  # what comes after it would only take time
        nbformat.write(nb, folder / "notebooks" / path.name)
    return planted, nbval(folder, folder / "report.xml")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_planted_fault_is_found_and_nothing_else(prepared, path):
    planted, failed = (found[path.stem] for found in prepared)
    assert sorted(planted.values()) == sorted(fault.__name__ for fault in FAULTS)
    assert failed == set(planted)
