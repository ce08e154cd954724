"""The stories of notebook 09's exercises behave as their texts say."""

import pytest

from lesson_code.examples.rq_puzzles import HIGH_LOW, PROMISES, SHOP, told
from lesson_code.exercises.exercise import find
from lesson_code.lab.stage import every_crash, every_order
from lesson_code.lab.stage.verdict import RQS_OWN
from tests.sampling import proof, sampled

CANNOT = "BCDF"


@pytest.mark.parametrize("letter", sampled(PROMISES, 2))
def test_a_promise_is_kept_in_every_run_or_broken_in_one(letter):
    story = PROMISES[letter]
    orders = every_order(story, budget=25).fates if letter in "EF" else ()
    fates = every_crash(story, only_changes=True).fates + orders
    broken = [one for one in fates if one.kind != "unharmed" and RQS_OWN not in one.says]
    assert bool(broken) == (letter in CANNOT)


def test_the_solution_names_them():
    assert f'"{CANNOT}"' in find("cannot_promise").solutions[0]
    assert all(f"- {letter}: " in find("cannot_promise").text for letter in PROMISES)


@proof
def test_ship_is_lost_at_four_places_only_and_one_order_forgets_a_sale():
    lost = [one for one in every_crash(HIGH_LOW).fates if one.kind == "lost"]
    assert len([one for one in lost if "`ship`" in one.says]) == 4
    (forgets,) = [one for one in every_order(SHOP, preemptions=1).fates if one.kind == "lost"]
    assert "sold: 1 instead of 2" in told(SHOP, forgets.token)
