"""The card is charged, or an invoice is sent: never both, never neither, at any crash or requeue.

The test judges a recipe by its promise alone.
"""

import pytest

from lesson_code.lab.stage import every_crash, every_order
from tests import decisions
from tests.decisions import STORIES, ends
from tests.sampling import proof, sampled


@pytest.fixture(params=sampled(STORIES, 1))
def story(request, monkeypatch):
    """Return what makes the story of a bank that does not answer so many calls."""

    def make(down: int, **options):
        make.engine = request.param
        monkeypatch.setattr(decisions, "DOWN", down)
        return STORIES[request.param](**options)

    ends.clear()
    return make


@pytest.mark.parametrize("down", sampled([0, 2, 4], 1))
def test_a_worker_crashes_at_any_place(story, down):
    """A crash takes one of ARQ's three tries; our helper for RQ counts only those that failed."""
    every_crash(story(down), only_changes=True)
    may = {"charged"} if down < 3 else {"invoiced"}
    assert set(ends) == may | ({"invoiced"} if down == 2 and story.engine == "ARQ" else set())


@proof
def test_somebody_requeues_what_has_failed(story):
    every_crash(story(3, requeue=True), only_changes=True)
    assert set(ends) == {"charged", "invoiced"}


@proof
def test_two_workers_die(story):
    every_crash(story(2), crashes=2, budget=60)
    assert set(ends) <= {"charged", "invoiced"}


def test_two_workers_meet_at_any_place(story):
    every_order(story(3, workers=2), 2, budget=30)
    assert set(ends) == {"invoiced"}
