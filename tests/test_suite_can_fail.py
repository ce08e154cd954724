"""The suite proves that it can fail: faults planted in every notebook turn only those cells red.

nbval runs a notebook with faults for one notebook, which each commit draws anew. For all notebooks
it compares the stored outputs with faults to those without: the other tests run every notebook, and
so prove that it still says what is stored.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams

from tests import lint
from tests.sampling import drawn
from tools import lesson

NOTEBOOKS = lesson.paths()
ONE = [NOTEBOOKS[at] for at in drawn(len(NOTEBOOKS), 1)]


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


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the lesson."""
    folder = tmp_path_factory.mktemp("lesson")
    for name in ("lesson_code", "notebooks", "tests"):
        shutil.copytree(lesson.PROJECT / name, folder / name)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(lesson.PROJECT / name, folder)
    return folder


def nbval(folder: Path, path: Path) -> set[int]:
    """Run nbval over that notebook of the copy in `folder`; return the cells that failed."""
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", f"--junitxml={report}", path]
    subprocess.run(command, cwd=folder, capture_output=True, env=dict(os.environ))
    cells = [*ElementTree.parse(report).iter("testcase")]
    assert cells
    return {int(cell.get("name").split()[-1]) for cell in cells if cell.find("failure") is not None}


@pytest.mark.parametrize("path", ONE, ids=lambda path: path.stem)
def test_each_planted_fault_is_found_and_nothing_else(copy, path):
    nb = lesson.read(path)
    planted = plant(nb)
    last = lint.code_cells(nb)[max(planted)]
    nb.cells = nb.cells[: nb.cells.index(last) + 1]  # what comes after it would only take time
    changed = copy / "notebooks" / path.name
    nbformat.write(nb, changed)
    assert nbval(copy, changed) == set(planted)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_nbval_tells_each_planted_fault_from_what_is_stored(request, path):
    nb = lesson.read(path)
    planted = plant(nb)
    assert len(planted) >= 2
    file = IPyNbFile.from_parent(request.session, path=path)
    file.setup_sanitize_files()
    cells = zip(file.collect(), lint.code_cells(nb), strict=True)
    assert {one.cell_num for one, faulty in cells if is_red(one, faulty)} == set(planted)


def is_red(cell: IPyNbCell, faulty: nbformat.NotebookNode) -> bool:
    """Whether nbval finds the faulty outputs other than those of the cell."""
    stored, wanted = coalesce_streams(cell.cell.outputs), coalesce_streams(faulty.outputs)
    return cell.options["check"] and not cell.compare_outputs(stored, wanted)
