"""Every exercise does its job, and each fault in one is reported."""

import os
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from lesson_code.exercises import exercise as files
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.check.verify import verify
from lesson_code.exercises.exercise import BadExercise, UnknownExercise, exercises, find, parse
from lesson_code.exercises.questions import find_question, questions
from tests.patience import skip_if_busy
from tests.sampling import sampled
from tools import exercise_cells, lesson

EXERCISES = list(exercises().values())
HAVE = {one.notebook for one in EXERCISES}  # the notebooks that have exercises
NOTEBOOKS = [path for path in lesson.paths() if path.name[:2] in HAVE]
REAL = bool(os.environ.get("REDIS_URL"))


@pytest.mark.parametrize("name", sampled(exercises(), 3))
def test_an_exercise_proves_itself(name):
    found = verify(find(name), REAL)
    skip_if_busy(found)
    assert found == []


def test_there_are_enough_of_them():
    assert len(EXERCISES) >= 60
    assert sum(len(one.wrong) for one in EXERCISES) >= 180
    assert {one.level for one in EXERCISES} == {1, 2, 3}
    assert {one.engine for one in EXERCISES} == {"rq", "arq"}
    assert sum(one.title.startswith("Repair") for one in EXERCISES) >= 4
    assert {one.notebook for one in questions().values()} == {p.name[:2] for p in lesson.paths()}
    assert len(questions()) >= 60


@pytest.mark.parametrize("path", lesson.paths(), ids=lambda path: path.stem)
def test_a_notebook_holds_its_exercises_as_they_are(path):
    cells, number = lesson.read(path).cells, path.name[:2]
    wanted = exercise_cells.with_exercises(cells, number) if number in HAVE else cells
    assert [(c.id, c.source) for c in cells] == [(c.id, c.source) for c in wanted]
    sources = [cell.source for cell in cells]
    for name in (one.id for one in questions().values() if one.notebook == number):
        asked = f'predict("{name}", ...)' in sources and f'reason("{name}")' in sources
        assert asked or f'quiz("{name}", ...)' in sources, name


def test_an_exercise_stands_right_behind_its_section():
    cells = lesson.read(NOTEBOOKS[0]).cells
    ids = [cell.id for cell in exercise_cells.with_exercises(cells, NOTEBOOKS[0].name[:2])]
    for one in exercise_cells.of_notebook(NOTEBOOKS[0].name[:2]):
        at = ids.index("exercise-" + one.id.replace("_", "-"))
        assert not one.after or at - ids.index(one.after) <= 12


def test_an_exercise_behind_no_cell_is_told(monkeypatch):
    lost = replace(EXERCISES[0], after="nowhere")
    monkeypatch.setattr(exercise_cells, "of_notebook", lambda number: [lost])
    cells = lesson.read(NOTEBOOKS[0]).cells
    with pytest.raises(BadExercise, match=rf"^{lost.id}: 'after' names 'nowhere', no cell of"):
        exercise_cells.with_exercises(cells, lost.notebook)


def solve(nb: nbformat.NotebookNode) -> list[str]:
    """Put solutions and right predictions in; return the ids of the cells that must say so.

    Only the first exercise is solved: another test verifies all.
    """
    ours = [cell.id for cell in nb.cells if exercise_cells.is_exercise(cell)]
    checks = [name for name in ours if name.endswith("-check")]
    told = []
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source.startswith(("predict(", "quiz(")):
            name = cell.source.split('"')[1]
            cell.source = cell.source.replace("...", repr(find_question(name).answer))
        if cell.cell_type == "code" and cell.source.startswith(("reason(", "quiz(")):
            told.append(cell.id)
        if cell.id == checks[0]:
            exercise = find(cell.source.removeprefix("check(").removesuffix(")"))
            answer = next(c for c in nb.cells if c.id == cell.id.removesuffix("check") + "answer")
            answer.source = exercise.solutions[0].strip()
            told.append(cell.id)
    return told


def needed(cell: nbformat.NotebookNode) -> bool:
    """Whether a learner has to run the cell for the exercises and the questions."""
    imports = "from lesson_code.exercises import" in cell.source
    asks = cell.source.startswith(("predict(", "quiz(", "reason("))
    return exercise_cells.is_exercise(cell) or imports or asks


IMPORTS = re.compile(r"^from lesson_code\.exercises import .*", flags=re.MULTILINE)


def run_solved(path: Path, folder: Path) -> dict[str, str]:
    """Run a solved copy of the notebook; return what its checks and reasons said, by cell."""
    nb = lesson.read(path)
    told = solve(nb)
    nb.cells = [cell for cell in nb.cells if needed(cell)]
    for cell in nb.cells:
        if not exercise_cells.is_exercise(cell) and (line := IMPORTS.search(cell.source)):
            cell.source = line[0]  # all else in that cell needs the cells above
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(nb, timeout=600, kernel_name="python3", resources=where)
    client.execute(env={**os.environ, "LESSON_PROGRESS": str(folder / path.stem)})
    return {
        cell.id: str([output.get("data", {}).get("text/markdown") for output in cell.outputs])
        for cell in nb.cells
        if cell.id in told
    }


@pytest.mark.parametrize("path", sampled(NOTEBOOKS, 1), ids=lambda path: path.stem)
def test_in_a_solved_copy_every_check_passes(tmp_path, path):
    solved = run_solved(path, tmp_path)
    assert len(solved) >= 2
    for cell, said in solved.items():
        skip_if_busy(said)
        right = "**Solved.**" if cell.startswith("exercise") else "**You were right.**"
        assert right in said, cell


GOOD = files.FOLDER / "template.toml"
BAD = [
    ("title =", "# title =", "'title' is missing"),
    ("hints =", "hint =", "'hint' is unknown; there are: title"),
    ('begin = "', 'begin = ""  # "', "'begin' is empty"),
    ("level = 1", "level = 7", "'level' must be one of (1, 2, 3)"),
    ("level = 1", 'level = "one"', "'level' must be of the type int: 'one'"),
    ("fails =", "fail =", "scenes: 'fail' is unknown"),
    ("says =", "# says =", "wrong: 'says' is missing"),
    ("says =", 'seen = ["("]\nsays =', "wrong: 'seen' holds '(': missing )"),
    ("]\nexplanation", "\nexplanation", "Unclosed array"),
    ("level = 1", 'level = 1\nmisunderstanding = "x"', "'misunderstanding' and 'seen_in' belong"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), BAD)
def test_a_bad_file_is_told_with_its_name(tmp_path, old, new, sentence):
    file = tmp_path / "notebook_01" / "mine.toml"
    file.parent.mkdir()
    file.write_text(GOOD.read_text())
    assert parse(file).id == "mine"
    file.write_text(GOOD.read_text().replace(old, new))
    with pytest.raises(BadExercise, match=r"^notebook_01/mine\.toml") as raised:
        parse(file)
    assert sentence in str(raised.value)


def test_an_unknown_name_gets_those_that_come_near():
    with pytest.raises(UnknownExercise, match="'order_chan'; did you mean order_chain"):
        find("order_chan")
    with pytest.raises(UnknownExercise, match="no question 'main_modul'; did you mean main_module"):
        find_question("main_modul")


def spoilt(**changes) -> list[str]:
    good = find("first_things_first")
    return verify(replace(good, **{"wrong": good.wrong[:3], **changes}))


def test_the_proof_has_teeth():
    """With a real judge; test_proof.py has all that a proof can say."""
    good = find("first_things_first")
    solutions = [good.solutions[0], good.wrong[0].answer]
    found = spoilt(hints=["one"], solutions=solutions, stub=good.solutions[1])
    assert [one.partition(": ")[2].partition(":")[0] for one in found] == [
        "has 1 hints, and needs 3", "the stub is right already", "solution 2 is refused",
    ]  # fmt: skip
    assert "the stub raises" in str(spoilt(stub="def first_things_first(queue):\n    1 / 0"))


SHOP = "from lesson_code.worlds import shop\n"
ALSO_RIGHT = {
    "arguments by name, and a helper called start": SHOP
    + """
def start(queue, task, before=None):
    return queue.enqueue(task, order="A7", depends_on=before, job_id=task.__name__)

def order_chain(queue):
    start(queue, shop.ship, start(queue, shop.pack, start(queue, shop.charge)))
""",
    "each task enqueues the next": SHOP
    + """
NEXT = {"charge": "pack", "pack": "ship"}

def step(name):
    done = getattr(shop, name)("A7")
    job = get_current_job()
    if name in NEXT:
        queue = Queue(job.origin, connection=job.connection)
        queue.enqueue(step, NEXT[name], depends_on=job, job_id=NEXT[name])
    return done

def order_chain(queue):
    queue.enqueue(step, "charge", job_id="charge")
""",
}


@pytest.mark.parametrize("way", ALSO_RIGHT)
def test_a_right_answer_of_another_kind_is_accepted(way):
    [verdict] = examine(find("order_chain"), [ALSO_RIGHT[way]])
    assert verdict["solved"], verdict["sentences"]
