"""The learner's own copy: made once, never overwritten; a newer lesson is merged on demand."""

import json
import os
import subprocess

import pytest

from lesson_code import working_copy
from tools import lesson

PATH = lesson.paths()[12]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with one notebook of the lesson, and no copy yet."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / PATH.name).write_bytes(PATH.read_bytes())
    monkeypatch.setattr(working_copy, "PROJECT", tmp_path)
    monkeypatch.setattr(working_copy, "NOTEBOOKS", tmp_path / "notebooks")
    return tmp_path


def change(path, cell_id: str, source: str) -> None:
    notebook = json.loads(path.read_text())
    next(cell for cell in notebook["cells"] if cell["id"] == cell_id)["source"] = [source]
    path.write_text(json.dumps(notebook))


def change_cells(path, how) -> None:
    notebook = json.loads(path.read_text())
    how(notebook["cells"])
    path.write_text(json.dumps(notebook))


def sources(path) -> dict[str, str]:
    cells = json.loads(path.read_text())["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


def own(cell_id: str, source: str) -> dict:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {},
        "source": [source],
        "outputs": [],
        "execution_count": None,
    }


@pytest.fixture
def mine(project):
    working_copy.main([])
    return project / "my_notebooks" / PATH.name


ANSWER, OTHER, TEXT = "exercise-late-file-answer", "exercise-keep-the-result-answer", "title"


@pytest.mark.parametrize("path", lesson.paths(), ids=lambda path: path.stem)
def test_no_output_answers_a_question_before_its_cell_is_run(path):
    first = working_copy.first_state(json.loads(path.read_text(encoding="utf-8")))
    assert not any(cell.get("outputs") for cell in first["cells"])
    assert [cell["source"] for cell in first["cells"]]


def test_a_copy_says_the_same_and_is_valid(mine, project):
    assert sources(mine) == sources(project / "notebooks" / PATH.name)
    lesson.read(mine)


def test_it_is_never_overwritten(mine, capsys):
    change(mine, ANSWER, "my answer")
    working_copy.main([])
    assert sources(mine)[ANSWER] == "my answer"
    assert capsys.readouterr().out == ""


def test_a_newer_lesson_is_told_and_changes_nothing(mine, project, capsys):
    change(project / "notebooks" / PATH.name, TEXT, "# A new title")
    before = mine.read_bytes()
    working_copy.main([])
    said = capsys.readouterr().out
    assert "the lesson has newer versions of 1 cells" in said and "make update" in said
    assert mine.read_bytes() == before


def test_an_update_takes_the_new_and_keeps_what_the_learner_has_written(mine, project, capsys):
    theirs = project / "notebooks" / PATH.name
    change(mine, ANSWER, "my answer")
    change(mine, OTHER, "my other answer")
    change_cells(mine, lambda cells: cells.insert(3, own("a-note", "a note of mine")))
    change(theirs, TEXT, "# A new title")
    change(theirs, OTHER, "another stub")
    change_cells(theirs, lambda cells: cells.insert(5, own("new-one", "a new cell")))
    in_front = json.loads(mine.read_text())["cells"][2]["id"]
    working_copy.main(["update"])
    now = sources(mine)
    assert (now[TEXT], now[ANSWER], now[OTHER]) == ("# A new title", "my answer", "my other answer")
    assert [*now][[*now].index("a-note") - 1] == in_front
    assert [one for one in now if one != "a-note"] == [*sources(theirs)]
    assert f"{OTHER}: changed by both you and the lesson" in capsys.readouterr().out
    working_copy.main([])
    assert capsys.readouterr().out == ""  # told once


def test_a_cell_that_either_side_has_deleted_is_gone(mine, project):
    ids = [*sources(mine)]
    change_cells(mine, lambda cells: cells.pop(4))
    change_cells(project / "notebooks" / PATH.name, lambda cells: cells.pop(6))
    working_copy.main(["update"])
    assert [*sources(mine)] == [one for one in ids if one not in (ids[4], ids[6])]


def test_a_reset_says_what_it_discards_and_keeps_it(mine, monkeypatch, capsys):
    first = mine.read_bytes()
    change(mine, ANSWER, "my answer")
    monkeypatch.setattr("builtins.input", lambda question: "n")
    working_copy.main(["reset", "12"])
    assert sources(mine)[ANSWER] == "my answer"
    assert ANSWER in capsys.readouterr().out
    working_copy.main(["reset", "12", "--yes"])
    assert mine.read_bytes() == first
    kept = mine.parent / ".discarded" / PATH.name
    assert sources(kept)[ANSWER] == "my answer"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reset"], "Which notebook?"),
        (["update", "42"], "There is no notebook 42. Choose from 12"),
        (["reset", "3"], "There is no notebook 3. Choose from 12"),
    ],
)
def test_what_there_is_not_is_a_sentence(project, words, said):
    with pytest.raises(SystemExit, match=said.replace("?", r"\?")):
        working_copy.main(words)


def test_a_copy_that_is_damaged_is_named_and_left(mine):
    mine.write_text("{")
    with pytest.raises(SystemExit, match="is not a valid notebook"):
        working_copy.main([])
    assert mine.read_text() == "{"


def test_each_of_several_people_has_a_copy_and_a_progress_of_their_own():
    words = ["make", "-n", "-o", ".venv/ready", "lab", "ME=ada"]
    said = subprocess.run(words, cwd=lesson.PROJECT, capture_output=True, text=True).stdout
    assert "--folder my_notebooks_ada" in said
    assert f'LESSON_PROGRESS="{lesson.PROJECT}/my_notebooks_ada/progress.jsonl"' in said
    assert "tree/my_notebooks_ada/00_start_here.ipynb" in said


def test_git_does_not_see_a_copy():
    for folder in ("my_notebooks", "my_notebooks_ada"):
        seen = subprocess.run(
            ["git", "check-ignore", os.path.join(folder, PATH.name)], cwd=lesson.PROJECT
        )
        assert seen.returncode == 0


def test_a_reset_that_nobody_can_answer_changes_nothing(mine, monkeypatch, capsys):
    change(mine, ANSWER, "my answer")

    def nobody(question: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    working_copy.main(["reset", "12"])
    assert sources(mine)[ANSWER] == "my answer"
    assert "Nothing was changed." in capsys.readouterr().out


def test_a_copy_that_was_made_by_hand_is_taken_on(project, capsys):
    mine = project / "my_notebooks" / PATH.name
    mine.parent.mkdir()
    mine.write_bytes(PATH.read_bytes())
    change(mine, ANSWER, "my answer")
    working_copy.main(["update"])
    said = capsys.readouterr().out
    assert sources(mine)[ANSWER] == "my answer"
    assert said.count("changed by both") == 1 and f"{ANSWER}: changed by both" in said
    working_copy.main([])
    assert capsys.readouterr().out == ""
