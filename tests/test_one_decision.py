"""The card is charged, or an invoice is sent: never both, never neither, whoever dies or requeues.

A recipe is judged here by its promise alone.
"""

import pytest

from lesson_code.lab.stage import every_death, every_order
from tests import decisions
from tests.decisions import STORIES, ends


@pytest.fixture(params=STORIES)
def story(request, monkeypatch):
    """Return what makes the story of a bank that does not answer so many calls."""

    def make(down: int, **options):
        monkeypatch.setattr(decisions, "DOWN", down)
        return STORIES[request.param](**options)

    ends.clear()
    return make


@pytest.mark.parametrize(
    ("down", "ways"), [(0, {"charged"}), (2, {"charged", "invoiced"}), (4, {"invoiced"})]
)
def test_a_worker_dies_at_any_place(story, down, ways):
    every_death(story(down), only_changes=True)
    assert set(ends) == ways


def test_somebody_requeues_what_has_failed(story):
    every_death(story(3, requeue=True), only_changes=True)
    assert set(ends) == {"charged", "invoiced"}


def test_two_workers_die(story):
    every_death(story(2), deaths=2, budget=60)
    assert set(ends) <= {"charged", "invoiced"}


def test_two_workers_meet_at_any_place(story):
    every_order(story(3, workers=2), 2, budget=30)
    assert set(ends) == {"invoiced"}
