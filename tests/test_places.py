"""Search finds the sections of all notebooks; the progress leads back to where one stopped."""

import json

import pytest

from lesson_code.exercises import diary, places
from lesson_code.exercises.exercise import exercises
from lesson_code.exercises.progress import OWN, progress
from lesson_code.exercises.questions import questions
from tools import lesson

NOTEBOOKS = lesson.paths()[0].parent


def cell(name: str, source: str, kind: str = "markdown") -> dict:
    return {"id": name, "cell_type": kind, "source": source}


@pytest.fixture
def folder(tmp_path):
    cells = [
        cell("title", "# Birds\n\nA crow is a bird."),
        cell("one", "## 1. Crows"),
        cell("exercise-nest", "### ★☆☆ Exercise: Build a nest\nfor a CROW"),
        cell("exercise-nest-answer", "def nest(): ...", "code"),
        cell("about", "Ravens are larger.\nA raven is no crow."),
        cell("ask", 'predict("wings", ...)', "code"),
        cell("quiz", "A crow?"),
        {"cell_type": "code", "source": "of an older edition of Jupyter"},
    ]
    (tmp_path / "07_birds.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "notes.ipynb").write_text("a crow, and no notebook of the lesson")
    return tmp_path


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSON_PROGRESS", str(tmp_path / "progress.jsonl"))


def found(capsys, words, folder) -> list[str]:
    places.search(words, folder)
    return capsys.readouterr().out.strip().split("\n")


def test_a_search_shows_each_section_once_and_headings_first(capsys, folder):
    assert found(capsys, "crow", folder) == [
        "- [07 · 1. Crows](07_birds.ipynb#cell-id=one)",
        "- [07 · Birds](07_birds.ipynb#cell-id=title)",
        "- [07 · ★☆☆ Exercise: Build a nest](07_birds.ipynb#cell-id=exercise-nest)",
    ]


def test_all_words_must_be_in_one_cell(capsys, folder):
    assert found(capsys, "RAVEN  crow", folder) == [
        "- [07 · 1. Crows](07_birds.ipynb#cell-id=about)"
    ]
    assert found(capsys, "raven bird", folder) == [
        "No section has all of “raven bird”. Try another word, or the singular."
    ]


def test_a_search_for_nothing_or_nowhere_says_what_to_do(capsys, folder):
    assert found(capsys, " ", folder) == ['Which words? For example: `search("back-off")`']
    with pytest.raises(FileNotFoundError, match="no lesson notebooks in /"):
        places.search("crow", folder / "nowhere")


def test_a_search_shows_twenty_sections_and_counts_the_others(capsys):
    lines = found(capsys, "job", NOTEBOOKS)
    assert len(lines) == 22 and lines[-1].startswith("… and ")


def test_the_progress_leads_to_the_last_exercise_or_question(capsys, folder, monkeypatch):
    monkeypatch.chdir(folder)
    progress()
    assert "You stopped" not in capsys.readouterr().out
    for what, name, place in (
        (
            "tried",
            "nest",
            "[07 · ★☆☆ Exercise: Build a nest](07_birds.ipynb#cell-id=exercise-nest)",
        ),
        ("predicted", "wings", "[07 · 1. Crows](07_birds.ipynb#cell-id=ask)"),
    ):
        diary.add(what, name, "2")
        progress()
        assert capsys.readouterr().out.endswith(f"You stopped at {place}.\n")
    diary.add("tried", "an_exercise_of_an_earlier_edition")
    progress()
    assert "You stopped" not in capsys.readouterr().out


def test_each_exercise_and_question_has_its_place():
    without = []
    for name in [*exercises(), *questions(), OWN]:
        diary.add("predicted", name, "1")
        if not places.last_place(NOTEBOOKS):
            without.append(name)
    assert without == []
