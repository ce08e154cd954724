"""Every exercise does what it is for, and what is wrong with one is told."""

import os
from collections import Counter
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
from tools import exercise_cells, lesson

EXERCISES = list(exercises().values())
NOTEBOOKS = [
    path for path in lesson.paths() if path.name[:2] in {one.notebook for one in EXERCISES}
]
REAL = bool(os.environ.get("REDIS_URL"))


def prepare(folder: str):
    """Return what is wrong with each exercise, and what the solved notebooks said."""
    proofs = {one.id: verify(one, REAL) for one in EXERCISES}
    return proofs, {path: run_solved(path, Path(folder)) for path in NOTEBOOKS}


@pytest.mark.parametrize("name", exercises())
def test_an_exercise_proves_itself(prepared, name):
    proofs, _ = prepared
    assert proofs[name] == []


def test_there_are_enough_of_them():
    here = Counter(one.notebook for one in EXERCISES)
    assert all(here[path.name[:2]] >= 3 for path in NOTEBOOKS)
    assert len(EXERCISES) >= 24
    assert sum(len(one.wrong) for one in EXERCISES) >= 72
    assert {one.level for one in EXERCISES} == {1, 2, 3}
    assert {one.engine for one in EXERCISES} == {"rq", "arq"}
    assert sum(one.title.startswith("Repair") for one in EXERCISES) >= 4
    assert {one.notebook for one in questions().values()} == {p.name[:2] for p in lesson.paths()}
    assert len(questions()) >= 60


@pytest.mark.parametrize("path", lesson.paths(), ids=lambda path: path.stem)
def test_a_notebook_holds_its_exercises_as_they_are(path):
    cells = lesson.read(path).cells
    wanted = exercise_cells.exercise_cells(path.name[:2])
    here = [cell for cell in cells if exercise_cells.is_exercise(cell)]
    assert [(c.id, c.source) for c in here] == [(c.id, c.source) for c in wanted]
    asked = {one.id for one in questions().values() if one.notebook == path.name[:2]}
    sources = [cell.source for cell in cells]
    assert all(f'predict("{name}", ...)' in sources for name in asked)
    assert all(f'reason("{name}")' in sources for name in asked)


def solve(nb: nbformat.NotebookNode) -> list[str]:
    """Put solutions and right predictions in; return the ids of the cells that must say so.

    Only the first exercise is solved: `prepare` verifies all.
    """
    ours = [cell.id for cell in nb.cells if exercise_cells.is_exercise(cell)]
    checks = [name for name in ours if name.endswith("-check")]
    told = []
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source.startswith("predict("):
            name = cell.source.split('"')[1]
            cell.source = cell.source.replace("...", repr(find_question(name).answer))
        if cell.cell_type == "code" and cell.source.startswith("reason("):
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
    asks = cell.source.startswith(("predict(", "reason("))
    return exercise_cells.is_exercise(cell) or imports or asks


def run_solved(path: Path, folder: Path) -> dict[str, str]:
    """Run a solved copy of the notebook; return what its checks and reasons said, by cell."""
    nb = lesson.read(path)
    told = solve(nb)
    nb.cells = [cell for cell in nb.cells if needed(cell)]
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(nb, timeout=60, kernel_name="python3", resources=where)
    client.execute(env={**os.environ, "LESSON_PROGRESS": str(folder / path.stem)})
    return {
        cell.id: str([output.get("data", {}).get("text/markdown") for output in cell.outputs])
        for cell in nb.cells
        if cell.id in told
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_in_a_solved_copy_every_check_passes(prepared, path):
    _, solved = prepared
    assert len(solved[path]) >= 2
    for cell, said in solved[path].items():
        right = "**You were right.**" if cell.startswith("reason") else "**Solved.**"
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
    good = find("first_things_first")
    wrong = good.wrong[0].answer
    assert spoilt() == []
    assert spoilt(hints=["one"]) == ["first_things_first: has 1 hints, and needs 3"]
    assert "the last hint holds the whole solution" in str(spoilt(hints=good.solutions * 2))
    assert "solution 2 is refused" in str(spoilt(solutions=[good.solutions[0], wrong]))
    assert "the stub raises" in str(spoilt(stub="def first_things_first(queue):\n    1 / 0"))
    assert "the stub is right already" in str(spoilt(stub=good.solutions[1]))


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
