"""No simulation: a real worker that is killed, or stopped, leaves the stage's result."""

from dataclasses import replace

import pytest

from lesson_code.lab import Lab
from lesson_code.lab.stage import play
from lesson_code.lab.stage.director import Director
from lesson_code.lab.stage.real_crashes import RealStage, real_crashes
from lesson_code.lab.stage.real_worker import Places, named
from tests import real
from tests.sampling import sampled
from tests.stories import CHAIN, REAL
from tools.prove import disagreements

SAMPLE = 2  # places of each; `make prove` takes them all


@pytest.fixture(scope="module")
def lab():
    lab = Lab(real.URL)
    yield lab
    lab.close()


def steps_of(story: str) -> list[tuple]:
    places = Places()
    return [places.of(step.command, step.keys) for step in play(named(story)).steps]


@real.real
@pytest.mark.parametrize("name", sampled(REAL.values(), 1), ids=REAL)
def test_a_real_death_leaves_what_the_stage_says(lab, name):
    number, wrong = disagreements(f"tests.stories:{name}", lab, SAMPLE)
    assert (number, wrong) == (SAMPLE, [])


@real.real
@pytest.mark.parametrize("name", sampled(["CHAIN", "TWO_QUEUES", "STEPS", "DIAMOND"], 1))
def test_a_real_sigterm_leaves_what_the_stage_says(lab, name):
    number, wrong = disagreements(f"tests.stories:{name}", lab, SAMPLE, "TERM")
    assert (number, wrong) == (SAMPLE, [])


@real.real
@pytest.mark.parametrize("name", sampled(["CHAIN", "TWO_QUEUES"], 1))
def test_a_real_worker_takes_the_same_steps(lab, name, monkeypatch):
    story = f"tests.stories:{name}"
    with RealStage(story, lab) as stage:
        first = [place for place in stage.play().first if place[0] != "CLIENT"]
    assert first == steps_of(story)

    def skipping(self, worker, commands, step=Director.round_trip):
        if commands[0][0] != "PERSIST":
            step(self, worker, commands)

    monkeypatch.setattr(Director, "round_trip", skipping)
    assert first != steps_of(story)  # a place that the stage passes over is missed


@real.real
def test_what_the_stage_says_wrongly_is_told(lab, monkeypatch):
    def lying(story, token="plain"):
        return replace(play(story, token), kind="unharmed")

    monkeypatch.setattr("tools.prove.play", lying)
    _, wrong = disagreements("tests.stories:STEPS", lab, 6)
    assert wrong and all(what.endswith("the stage: unharmed") for what in wrong)


def test_the_embedded_redis_has_no_processes(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    lab = Lab()
    with pytest.raises(ValueError, match=r"take lab\.real\(\)"):
        real_crashes("tests.stories:CHAIN", lab)
    lab.close()


@real.real
@pytest.mark.parametrize("who", [{"requeue": True}, {"repair": print}], ids=str)
def test_no_operator_comes(lab, monkeypatch, who):
    monkeypatch.setattr("tests.stories.CHAIN", replace(CHAIN, **who))
    with pytest.raises(ValueError, match="no operator comes"):
        RealStage("tests.stories:CHAIN", lab)
