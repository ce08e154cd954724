"""Every order in which workers' steps can follow each other, where it matters."""

from collections import Counter

import pytest

from lesson_code.lab.record import Fates, Step
from lesson_code.lab.stage import every_order, play
from lesson_code.lab.stage.orders import shared_keys
from tests.sampling import proof
from tests.stories import CHAIN, COUNTING, FAN, add_atomically, both, read_and_write


def kinds(fates: Fates) -> dict[str, int]:
    return dict(Counter(fate.kind for fate in fates.fates))


@pytest.fixture(scope="module")
def counting() -> Fates:
    return every_order(COUNTING, workers=1)


def test_a_counter_that_is_read_and_written_is_found_with_one_preemption():
    fates = every_order(both(read_and_write), preemptions=1)
    (lost,) = [fate for fate in fates.fates if fate.kind == "lost"]
    assert lost.says == ("worker-2 goes on after worker-1 sends GET (`x`): sum: 10 instead of 20")
    assert play(both(read_and_write), lost.token) == lost
    assert len(fates.fates) == fates.possible


def test_it_is_not_found_without_a_preemption():
    assert kinds(every_order(both(read_and_write), preemptions=0)) == {"unharmed": 1}


def test_counting_at_one_stroke_withstands_every_order():
    assert set(kinds(every_order(both(add_atomically), preemptions=1))) == {"unharmed"}


def test_jobs_of_one_arq_worker_meet_too(counting):
    fates = counting
    assert kinds(fates)["lost"] > 1
    assert len(fates.fates) == fates.possible
    worst = next(fate for fate in fates.fates if fate.kind == "lost")
    assert play(COUNTING, worst.token) == worst


def test_what_is_left_out_is_told():
    fates = every_order(FAN, budget=30)
    assert len(fates.fates) == 30 < fates.possible
    assert set(kinds(fates)) == {"unharmed"}


def test_the_plain_run_is_the_first_and_everybody_is_in_it():
    fates = every_order(CHAIN, preemptions=1, budget=5)
    plain, *others = fates.fates
    assert plain.token == "x2" and {step.worker for step in plain.steps} == {"worker-1", "worker-2"}
    assert all(fate.steps != plain.steps for fate in others)


def test_only_what_somebody_writes_is_shared():
    def touch(worker: str, key: str, writes: bool) -> Step:
        return Step(worker, "", "X", (key,), writes)

    steps = [touch("1", "read", False), touch("2", "read", False)]
    steps += [touch("1", "own", True), touch("1", "both", True), touch("2", "both", False)]
    assert shared_keys(steps) == {"both"}


def test_the_tasks_own_keys_come_first():
    fates = every_order(both(read_and_write), budget=5)
    assert kinds(fates) == {"unharmed": 4, "lost": 1}
    assert len(fates.fates) < fates.possible


@proof
def test_deaths_and_orders_together():
    fates = every_order(both(add_atomically), preemptions=1, crashes=1, budget=130)
    tokens = [fate.token for fate in fates.fates]
    assert len(tokens) == len({*tokens}) == 130 < fates.possible
    assert {("s" in token, "d" in token) for token in tokens} == {
        *((one, other) for one in (False, True) for other in (False, True))
    }
    alone = every_order(both(add_atomically), preemptions=0, crashes=1)
    assert len(alone.fates) == alone.possible == 1 + len(alone.fates[0].steps)
    assert {fate.token for fate in alone.fates} <= {*tokens}


def test_a_worker_that_goes_on_between_two_steps_of_its_own_job_looks_for_more_work(counting):
    says = [fate.says for fate in counting.fates]
    assert any("worker-1 looks for more work after `x` sends GET" in text for text in says)
    says = [fate.says for fate in every_order(COUNTING, workers=1, preemptions=1).fates]
    assert not any(text.startswith("worker-1 goes on after worker-1") for text in says)
