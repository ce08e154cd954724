"""A run that is watched: what its tasks print stands at the step at which it was printed."""

import json
import re
import time

import pytest

from lesson_code.lab import notebook, watch, work
from lesson_code.worlds import tasks


class Frame:
    """A display that keeps what it has shown."""

    def __init__(self):
        self.shown = []

    def update(self, data, raw):
        self.shown.append(data["text/html"])


@pytest.fixture
def frame(monkeypatch):
    monkeypatch.delenv("LESSON_FRAMES", raising=False)
    frame = Frame()
    monkeypatch.setattr(notebook, "display", lambda *thing, **options: frame)
    monkeypatch.setattr(notebook, "PACE", 0.01)
    return frame


def frames_of(html: str) -> list[str]:
    data = json.loads(re.search(r"= (\{\"lines\".+\});", html)[1].replace("\\u003c", "<"))
    return ["\n".join(data["lines"][n] for n in numbers) for _, *numbers in data["frames"]]


def said(html: str) -> str:
    return "".join(re.findall("<pre>(.*?)</pre>", html, flags=re.DOTALL))


@pytest.fixture
def chain(queue):
    a = queue.enqueue(tasks.task_a, job_id="a")
    queue.enqueue(tasks.task_b, "<data>", depends_on=a, job_id="b")


def test_each_text_stands_at_its_step_and_nowhere_else(lab, chain, frame, capsys):
    run = watch(lab)
    one, both = "Running Task A\n", "Running Task A\nRunning Task B with &lt;data&gt;\n"
    *live, player = frame.shown
    assert [said(html) for html in live] == ["", one, one, both]
    assert [said(html) for html in frames_of(player)] == ["", "", one, one, both]
    assert run.states == {"a": "finished", "b": "finished"}
    assert capsys.readouterr().out == ""


def test_a_long_text_is_printed_as_ever(lab, chain, frame, capsys, monkeypatch):
    monkeypatch.setattr(notebook, "MOST_LETTERS", 20)
    watch(lab)
    assert capsys.readouterr().out == "Running Task A\nRunning Task B with <data>\n"
    assert not any(map(said, frames_of(frame.shown[-1])))


def test_nothing_of_an_interrupted_run_is_lost(lab, chain, frame, capsys, monkeypatch):
    def interrupted(lab, workers, processes, changed, pace):
        print("Running Task A")
        raise KeyboardInterrupt

    monkeypatch.setattr(notebook, "work", interrupted)
    with pytest.raises(KeyboardInterrupt):
        watch(lab)
    assert capsys.readouterr().out == "Running Task A\n"


def test_a_change_is_shown_before_the_next_one_however_late(lab, chain, frame, capsys, monkeypatch):
    read = notebook.read_run

    def late(redis):
        time.sleep(0.1)  # ten times as long as a worker pauses
        return read(redis)

    monkeypatch.setattr(notebook, "read_run", late)
    watch(lab)
    one, both = "Running Task A\n", "Running Task A\nRunning Task B with &lt;data&gt;\n"
    assert [said(html) for html in frame.shown[:-1]] == ["", one, one, both]


@pytest.mark.parametrize("jobs", [1, 3, 30])
def test_all_changes_together_are_shown_in_two_seconds(lab, queue, frame, jobs, monkeypatch):
    paces = []

    def noted(lab, workers, processes, changed, pace):
        paces.append(pace)
        return work(lab, workers, processes, changed)

    monkeypatch.setattr(notebook, "PACE", 0.25)
    monkeypatch.setattr(notebook, "work", noted)
    for _ in range(jobs):
        queue.enqueue(tasks.join, "salt")
    run = watch(lab)
    assert paces == [min(0.25, 0.75 / jobs)] and len(run.events) * paces[0] < 2
