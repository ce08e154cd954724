"""The notebooks keep the lesson's rules, and the rules have teeth."""

import pytest

from tests import lint
from tools import lesson

NOTEBOOKS = lesson.paths()


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_keeps_the_rules(path):
    assert lint.complaints(lesson.read(path), path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_point_of_the_section_is_proven_in_it(path):
    section = int(path.name[:2])
    wanted = {name for name, point in lint.POINTS.items() if point["section"] == section}
    cells = lint.code_cells(lesson.read(path))
    proven = set().union(*(lint.tags(cell) for cell in cells if cell.outputs))
    missing = {n for n in wanted - proven if not (section == 0 and n == "L0.2")}
    assert missing == set()
