"""The buttons below a check that says "not yet"."""

import pytest

from lesson_code.exercises import more_help
from lesson_code.exercises.exercise import find
from lesson_code.lab import copying


@pytest.fixture
def offered(monkeypatch, tmp_path):
    """Return a function that offers help, and the widgets that it has shown."""
    monkeypatch.setenv("LESSON_PROGRESS", str(tmp_path / "progress.jsonl"))
    monkeypatch.delenv("LESSON_FRAMES", raising=False)
    monkeypatch.setattr(copying, "get_ipython", lambda: type("Shell", (), {"kernel": True}))
    shown = []
    monkeypatch.setattr(more_help, "display", lambda thing, raw=False: shown.append(thing))

    def offered(*told: str):
        more_help.offer(find("overtaken"), [*told], lambda token: {"text/plain": token})
        return shown

    return offered


def test_each_press_gives_the_next_hint(offered):
    (box,) = offered("`b` failed")
    (row, hints, _), count = box.children, len(find("overtaken").hints)
    (hint,) = row.children
    for number in range(1, count + 1):
        hint.click()
        assert hints.value.count("<p>") == number
    assert f"<b>Hint {count} of {count}.</b>" in hints.value and "`" not in hints.value


def test_a_run_that_goes_wrong_is_shown_step_by_step(offered):
    shown = offered('it survives 3 of 4 crashes. Step by step: `show_run(overtaken, "x24w2")`')
    row, *_ = shown[0].children
    _, play = row.children
    assert play.description == "What went wrong, step by step"
    play.click()
    assert shown[1:] == [{"text/plain": "x24w2"}]


def test_a_stored_notebook_has_none(offered, monkeypatch):
    monkeypatch.setenv("LESSON_FRAMES", "last")
    assert offered("`b` failed") == []
