"""The notebooks keep the lesson's rules, and each rule finds a fault."""

import ast
import re

import pytest

from lesson_code.exercises.questions import questions
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


WITH_TURNS = [path for path in NOTEBOOKS if turns.turn(lesson.read(path))]


def test_each_notebook_that_goes_deeper_has_its_turn():
    deeper = {path for path in NOTEBOOKS if path.name[:2] > lesson.LAST}
    assert {path.name[:2] for path in deeper - {*WITH_TURNS}} <= lint.NO_QUIZ


@pytest.mark.parametrize("path", WITH_TURNS, ids=lambda path: path.stem)
def test_each_task_of_your_turn_has_an_answer_that_is_played(path):
    """`make turns` plays them, in CI: what is said to be seen is seen."""
    cell = turns.turn(lesson.read(path))
    tasks = max(1, len(re.findall(r"^\d\. ", cell.source, flags=re.MULTILINE)))
    answers = turns.answers(cell)
    assert len(answers) == tasks and all(code and seen.strip("?\n") for code, seen in answers)


def test_the_lesson_takes_ninety_minutes():
    heads = [lesson.headline(path) for path in NOTEBOOKS]
    read, practise = (sum(one.minutes[n] for one in heads if one.is_lesson) for n in (0, 1))
    assert read <= 60 and practise <= 35


def test_the_first_exercise_comes_soon():
    ids = [cell.id for path in NOTEBOOKS[:3] for cell in lesson.read(path).cells]
    assert next(n for n, name in enumerate(ids) if name.startswith("exercise-")) < 30


def test_calls_are_written_plainly():
    """Nearly all: whoever wants to see `queue.enqueue(task, depends_on=…)` sees that."""
    starred = [
        f"{path.name}: {cell.id}"
        for path in NOTEBOOKS
        for cell in lint.code_cells(lesson.read(path))
        if not cell.id.startswith("exercise-") and has_starred_call(cell.source)
    ]
    assert len(starred) <= 10, starred


def has_starred_call(source: str) -> bool:
    """Whether a call but `print` takes a `*` or a `**`."""
    calls = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") != "print"
    ]
    stars = [arg for one in calls for arg in one.args if isinstance(arg, ast.Starred)]
    return bool(stars) or any(word.arg is None for one in calls for word in one.keywords)


def test_each_number_is_the_right_answer_as_often():
    """Or readers learn that one of them is hardly ever right."""
    for numbers in ("12", "123"):
        some = [one for one in questions().values() if "".join(one.options) == numbers]
        for number in numbers if len(some) > 8 else "":
            share = sum(one.answer == number for one in some) / len(some)
            assert 0.7 / len(numbers) < share < 1.3 / len(numbers), (number, share)


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
        source=nb.cells[0].source.replace("- break", "- brake")
    ),
    "is no code cell": lambda nb: code(nb, 2).update(id="another"),
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
    "letters that are smaller": lambda nb: outputs_of(nb)[0].update(
        data={"text/html": "<img src='…font-size='11.5'…'>"}
    ),
    "larger than 150 KB": lambda nb: outputs_of(nb)[0].update(text="x" * 150_000),
    "is not compared": lambda nb: code(nb).metadata.update(tags=["nbval-ignore-output"]),
    "(predict)": lambda nb: [
        c.update(source=c.source.replace("predict(", "print(")) for c in nb.cells
    ],
    "is folded": lambda nb: nb.cells[1].update(source="<summary>Think first, then open"),
    "no job fails": lambda nb: [c.update(outputs=[]) for c in lint.code_cells(nb)],
    "is no point of the lesson": lambda nb: code(nb).metadata.update(tags=["L9.9"]),
    "has no header": lambda nb: nb.cells[1].update(source="| | a |\n|---|---|\n| b | c |"),
    "leads nowhere": lambda nb: nb.cells[1].update(source="[there](nowhere.md)"),
    "leads to no cell": lambda nb: nb.cells[1].update(source="[there](#cell-id=nowhere)"),
    "a section has another number": lambda nb: nb.cells[3].update(source="## 7. A section"),
    "about-check: a section has another number": lambda nb: nb.cells[1].update(
        source="[section 4](#cell-id=title) is before all sections"
    ),
    "'section 4' is no link": lambda nb: nb.cells[1].update(source="See section 4."),
    "`lab` is": lambda nb: code(nb, 2).update(source="def lab(): ..."),
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
