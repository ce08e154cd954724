"""The notebooks keep the lesson's rules, and the rules have teeth."""

import re

import pytest

from tests import lint
from tools import lesson, turns

NOTEBOOKS = lesson.paths()


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_keeps_the_rules(path):
    assert lint.complaints(lesson.read(path), path) == []


SECTIONS = sorted({point["section"] for point in lint.POINTS.values()} - {0})


@pytest.mark.parametrize("path", NOTEBOOKS[1 : SECTIONS[-1] + 1], ids=lambda path: path.stem)
def test_every_point_of_the_section_is_proven_in_it(path):
    section = int(path.name[:2])
    wanted = {name for name, point in lint.POINTS.items() if point["section"] == section}
    cells = lint.code_cells(lesson.read(path))
    proven = set().union(*(lint.tags(cell) for cell in cells if cell.outputs))
    assert wanted and wanted - proven == set()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_task_of_your_turn_has_an_answer_that_is_played(path):
    """`make turns` plays them, in CI: what is said to be seen is seen."""
    cell = turns.turn(lesson.read(path))
    tasks = max(1, len(re.findall(r"^\d\. ", cell.source, flags=re.MULTILINE)))
    answers = turns.answers(cell)
    assert len(answers) == tasks and all(code and seen.strip("?\n") for code, seen in answers)


def faulty(change):
    """Return the complaints about notebook 00 after `change` has spoilt it."""
    nb = lesson.read(NOTEBOOKS[0])
    change(nb)
    return "\n".join(lint.complaints(nb, NOTEBOOKS[0]))


def code(nb, number=0):
    return lint.code_cells(nb)[number]


def outputs_of(nb):
    return [output for cell in lint.code_cells(nb) for output in cell.outputs]


def picture(nb):
    return next(o.data for o in outputs_of(nb) if "text/html" in o.get("data", {}))


FAULTS = {
    "in this order": lambda nb: nb.cells[0].update(source="# Title"),
    "other versions": lambda nb: nb.cells[0].update(
        source=nb.cells[0].source.replace("rq 2", "rq 1")
    ),
    "word for word": lambda nb: nb.cells[0].update(
        source=nb.cells[0].source.replace("- check", "- test")
    ),
    "is no code cell": lambda nb: code(nb).update(id="another"),
    "Remember": lambda nb: nb.cells[-2].update(source=nb.cells[-2].source.replace("Remember", "")),
    "the navigation is old": lambda nb: nb.cells[-1].update(source="next"),
    "some-readable-words": lambda nb: nb.cells[3].update(id="0a1b2c3d"),
    "a second one": lambda nb: nb.cells[3].update(id=nb.cells[1].id),
    "metadata that changes": lambda nb: nb.metadata.update(when="now"),
    "metadata ['when']": lambda nb: code(nb).update(metadata={"when": "now"}),
    "was not run": lambda nb: code(nb, 2).update(execution_count=None),
    "raises-exception": lambda nb: code(nb, 1).metadata.update(tags=["raises-exception"]),
    "a bitmap": lambda nb: picture(nb).update({"image/png": "…"}),
    "without alt text": lambda nb: picture(nb).update({"text/html": '<img src="x">'}),
    "on stderr": lambda nb: outputs_of(nb)[0].update(name="stderr"),
    "a path of a machine": lambda nb: code(nb).update(source="open('/home/me/x')"),
    "an address in memory": lambda nb: outputs_of(nb)[0].update(text="<f at 0x7f0011223344>"),
    "a random id": lambda nb: outputs_of(nb)[0].update(text="9f" * 16),
    "a job as Python": lambda nb: outputs_of(nb)[0].update(text="Job('a', enqueued_at=None)"),
    "a time of day": lambda nb: outputs_of(nb)[0].update(text="2026-01-01 12:00:00"),
    "a secret": lambda nb: code(nb).update(source="'redis://me:secret@host'"),
    "more than 3 (median)": lambda nb: [c.update(source="x\n" * 9) for c in lint.code_cells(nb)],
    "over 12 lines": lambda nb: [c.update(source="x\n" * 13) for c in lint.code_cells(nb)],
    "out of balance": lambda nb: nb.update(cells=[nb.cells[0], *lint.code_cells(nb)]),
    "larger than 150 KB": lambda nb: outputs_of(nb)[0].update(text="x" * 150_000),
    "is not compared": lambda nb: code(nb).metadata.update(tags=["nbval-ignore-output"]),
    "(predict)": lambda nb: [
        c.update(source=c.source.replace("predict(", "print(")) for c in nb.cells
    ],
    "is folded": lambda nb: nb.cells[1].update(source="<summary>Think first, then open"),
    "no job fails": lambda nb: [c.update(outputs=[]) for c in lint.code_cells(nb)],
    "is no point of the lesson": lambda nb: code(nb).metadata.update(tags=["L9.9"]),
    "leads nowhere": lambda nb: nb.cells[1].update(source="[there](nowhere.md)"),
    "leads to no cell": lambda nb: nb.cells[1].update(source="[there](#cell-id=nowhere)"),
    "a section has another number": lambda nb: nb.cells[3].update(source="## 2. A first section"),
    "about-check: a section has another number": lambda nb: nb.cells[1].update(
        source="[section 4](#cell-id=title) is before all sections"
    ),
    "'section 4' is no link": lambda nb: nb.cells[1].update(source="See section 4."),
    "`lab` is": lambda nb: code(nb, 3).update(source="def lab(): ..."),
    "`mail` is": lambda nb: [
        code(nb, 3).update(source="from post import mail"),
        code(nb, 4).update(source="mail = await letter()"),
    ],
    "leads to no heading": lambda nb: nb.cells[1].update(source="[there](#Nowhere)"),
}


@pytest.mark.parametrize("complaint", FAULTS)
def test_the_linter_finds_what_is_planted(complaint):
    assert complaint not in faulty(lambda nb: None)
    assert complaint in faulty(FAULTS[complaint])


def test_every_rule_has_a_planted_fault():
    assert len(FAULTS) >= 2 * len(lint.RULES)


ROWS = "1 2 3 4 5 6 8 9 10 12 14 17 18 19 20 22 24 25 26 27 28 29 37"  # what peers of RQ and ARQ do


def test_every_point_of_the_lesson_and_every_row_of_its_peers_is_proven():
    cells = [cell for path in NOTEBOOKS for cell in lint.code_cells(lesson.read(path))]
    proven = set().union(*(lint.tags(cell) for cell in cells if cell.outputs))
    assert set(lint.POINTS) - proven == set()
    assert {f"E{row}" for row in ROWS.split()} - proven == set()
