"""A replay has a frame for each step; in tests and in stored notebooks, it is one picture."""

import json
import re
import subprocess
import sys
from itertools import groupby

import pytest

from lesson_code.lab import player
from lesson_code.lab.engines.rq_words import TAKES
from lesson_code.lab.pictures import job_graph, lanes
from lesson_code.lab.player import Replay
from lesson_code.lab.record import Fate, JobRecord, Run, Step
from lesson_code.lab.stage import play
from tests.stories import CHAIN, STEPS, TWO_QUEUES
from tools.made_up_fates import chain, frames

FATE = chain().fates[25]


@pytest.fixture
def replay(monkeypatch):
    monkeypatch.delenv("LESSON_FRAMES", raising=False)
    return Replay(FATE, frames(FATE))


def html_of(replay: Replay) -> str:
    return replay._repr_mimebundle_()["text/html"]


def data_in(html: str) -> dict:
    return json.loads(re.search(r"const {lines, frames, first} = (.*);", html)[1])


def shown(html: str, number: int) -> tuple[str, str]:
    """Return the words and the pictures of a frame."""
    data = data_in(html)
    says, *numbers = data["frames"][number]
    return says, "\n".join(data["lines"][n] for n in numbers)


def image(picture) -> str:
    return picture.image


def test_there_is_a_frame_for_each_step_with_its_words(replay):
    html = html_of(replay)
    assert len(data_in(html)["frames"]) == len(FATE.steps)
    assert shown(html, 1)[0] == "Step 2 of 127: w1 takes the job from the queue (a)"
    assert (
        shown(html, 25)[0] == "Step 26 of 127: w1 crashes before: looks who waits for the job (a)"
    )


@pytest.mark.parametrize("number", [0, 25, 126])
def test_a_frame_has_the_jobs_as_they_are_then_and_the_step_marked(replay, number):
    _, pictures = shown(html_of(replay), number)
    assert image(job_graph(replay.frames[number][1])) in pictures
    assert image(lanes(FATE, number)) in pictures


def test_without_its_script_the_run_as_a_whole_is_left(replay):
    bare = re.sub(r"(?s)<script>.*</script>", "", html_of(replay))
    assert image(lanes(FATE)) in bare
    assert image(job_graph(replay.frames[-1][1])) in bare
    assert "<button" not in bare
    assert bare.count("<img") == 2


def test_where_it_is_stored_it_is_the_same_picture_each_time_and_no_script(replay, monkeypatch):
    monkeypatch.setenv("LESSON_FRAMES", "last")
    stored = replay._repr_mimebundle_()
    assert stored == Replay(FATE, frames(FATE))._repr_mimebundle_()
    assert "<script" not in stored["text/html"]
    assert image(lanes(FATE)) in stored["text/html"]
    assert len(stored["text/html"]) < 20_000


def test_its_twin_has_the_jobs_and_the_steps(replay):
    text = replay._repr_mimebundle_()["text/plain"]
    assert text == str(replay)
    assert text.startswith("a  ✓ finished")
    assert "† crashes" in text


def test_what_a_job_is_called_cannot_end_the_script(monkeypatch):
    monkeypatch.delenv("LESSON_FRAMES", raising=False)
    step = Step("w", "</script><!--", "GET", says="</script><b>")
    run = Run((JobRecord("</script><!--", "task", "queued"),))
    html = html_of(Replay(Fate("x", "lost", (step,)), [(step, run)]))
    assert html.count("</script>") == 1
    assert "<!--" not in html
    assert "</script><b>" in shown(html, 0)[0]


def test_a_run_without_a_frame_is_shown_all_the_same():
    assert str(Replay(Fate("x", "unharmed"), [])) == "✓ unharmed, x"
    assert "<img" in html_of(Replay(Fate("x", "unharmed"), []))


def test_a_long_run_has_room_in_a_notebook(replay):
    assert len(html_of(replay)) < 150_000


def test_a_notebook_shows_a_fate_as_its_lanes_and_all_fates_as_the_map():
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from lesson_code.lab import Lab")
shell.run_cell("from lesson_code.lab.record import Fate, Fates; one = Fate('x', 'lost')")
shell.run_cell("lab, many = Lab, Fates((one,), 7)")
for name in ("one", "many"):
    data, _ = shell.display_formatter.format(shell.user_ns[name])
    print(data["text/plain"].splitlines()[0], "<img" in data["text/html"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["✗ lost, x True", "1 of 7 orders: 1 lost True"]


@pytest.mark.parametrize("story, token", [(CHAIN, "d40"), (TWO_QUEUES, "d20"), (STEPS, "d12")])
def test_a_run_is_the_same_when_somebody_watches(story, token):
    seen = player.replay(story, token)
    assert seen.fate == play(story, token)
    assert len(seen.frames) == len(seen.fate.steps)


def test_redis_is_seen_as_it_is_after_each_step():
    frames = player.replay(TWO_QUEUES, "plain").frames
    (taken,) = [n for n, (step, _) in enumerate(frames) if step.says == TAKES and step.job == "c"]
    assert frames[taken - 1][1].states == {"a": "finished", "b": "finished", "c": "queued"}
    assert frames[taken][1].states["c"] == "queued"  # in no queue now, and not forgotten
    first = [run["a"].state for _, run in frames]
    assert [state for state, _ in groupby(first)] == ["queued", "started", "finished"]


def test_arqs_jobs_are_in_progress_while_they_run():
    frames = player.replay(STEPS, "plain").frames
    states = [run["x"].state for _, run in frames if "x" in run.states]
    assert [state for state, _ in groupby(states)] == ["queued", "in_progress", "complete"]


def test_a_token_of_another_story_is_refused():
    with pytest.raises(ValueError, match="this story has no run 'd900': it ends after"):
        player.replay(CHAIN, "d900")
