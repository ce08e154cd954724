"""A pytest plugin that notes the text of each cell: pytest -p tools.drift.plugin --nbval.

It writes a line of JSON a cell to the file that $DRIFT_CELLS names.
"""

import json
import os
import re

import pytest

from tools import lesson
from tools.drift.cells import ERROR, Cell

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
FILE = re.compile(r" \(/\S+\.(py|so)\)")  # where a package lies: an ImportError ends with it
SOCKET = re.compile(r"unix:///[^\s:?]+")  # where our own server listens
places: dict[tuple, tuple[str, str]] = {}  # (path, n) -> heading and id of its n-th code cell


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for path in {item.path for item in items if item.path.suffix == ".ipynb"}:
        heading, n = "", 0
        for cell in lesson.read(path).cells:
            if cell.cell_type == "code":
                places[path, n] = heading, cell.id
                n += 1
            elif found := re.findall(r"(?m)^#+ (.+)", cell.source):
                heading = found[-1]


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> None:
    if call.when != "call" or not hasattr(item, "cell"):
        return
    heading, name = places[item.path, item.cell_num]
    said, says = lines(item.cell.outputs), lines(getattr(item, "test_outputs", None))
    error = ours = None
    if call.excinfo:
        trace = COLOURS.sub("", str(getattr(call.excinfo.value, "inner_traceback", "") or ""))
        last = [anywhere(line) for line in trace.strip().splitlines()[-1:]]
        error = next((line for line in [*says, *last] if ERROR.fullmatch(line)), None)
        frames = re.findall(r"File (\S+\.py):(\d+)", trace)
        if frames and "/lesson_code/" in frames[-1][0]:
            ours = f"{frames[-1][0].rpartition('/lesson_code/')[2]}:{frames[-1][1]}"
    cell = Cell(
        notebook=item.path.name[:2],
        heading=heading,
        id=name,
        source=item.cell.source,
        red=bool(call.excinfo),
        said=said,
        says=says,
        error=error,
        ours=ours,
    )
    with open(os.environ["DRIFT_CELLS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(cell) + "\n")


def lines(outputs: list | None) -> list[str]:
    """Return the lines that were printed, shown or raised, without empty ones.

    They are as on any machine.
    """
    found: list[str] = []
    for one in outputs or []:
        if one["output_type"] == "stream":
            found += one["text"].splitlines()
        elif one["output_type"] == "error":
            found.append(f"{one['ename']}: {one['evalue']}")
        else:
            data = one.get("data", {})
            found += (data.get("text/plain") or data.get("text/markdown", "")).splitlines()
    return [anywhere(line).rstrip() for line in found if line.strip()]


def anywhere(line: str) -> str:
    """Return the line without the folders of this machine."""
    return SOCKET.sub("unix:…", FILE.sub("", line))
