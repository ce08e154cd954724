"""Turns on an event loop: which actor goes on, and when time must pass first."""

import asyncio

import pytest

from lesson_code.lab.stage.baton import STALL
from lesson_code.lab.stage.turns import NOBODY, Actor, Turns, actor

A, B, C = (Actor(f"worker-{n}") for n in (1, 2, 3))


class Played(Turns):
    """Turns for which these actors wait, in this order; `wants` is the number of who is wanted."""

    def __init__(self, *waiting: Actor):
        self.wants: int | None = None
        super().__init__(lambda: self.wants)
        self.actors = [A, B, C]
        self.loop = asyncio.new_event_loop()
        for one in waiting:
            self.wait(one)

    def wait(self, one: Actor) -> None:
        self.waiting.append((one, self.loop.create_future()))

    def goes_on(self, seconds: float | None = None) -> Actor | None:
        """Return who goes on; None if nobody does."""
        before = dict(self.waiting)
        went = self.next(seconds)
        gone = [one for one, turn in before.items() if turn.done()]
        assert went == bool(gone) and len(gone) <= 1
        assert [one for one, _ in self.waiting] == [one for one in before if one not in gone]
        return gone[0] if gone else None


def test_where_nobody_waits_nobody_goes_on():
    assert Played().next(None) is False and Played().next(1.0) is False


def test_who_had_the_last_turn_goes_on_else_who_waits_longest():
    turns = Played(B, A)
    assert turns.goes_on() == B
    turns.wait(B)
    assert turns.goes_on() == B
    assert turns.goes_on() == A


def test_who_is_wanted_goes_on_and_whose_turn_it_was_lets_others_go_first():
    turns = Played(A, B, C)
    turns.wants = 1
    assert turns.goes_on() == B
    turns.wants = None
    assert turns.goes_on() == C
    assert turns.slow == {A: STALL}


@pytest.mark.parametrize("number", [None, 0, 3])
def test_who_is_wanted_and_would_go_on_in_any_case_or_is_not_there_yet_makes_nobody_slow(number):
    turns = Played(A, B)
    turns.wants = number
    assert turns.goes_on() == A and turns.slow == {} and turns.awaited is None


def test_who_is_slow_goes_on_when_nobody_else_will_within_his_time():
    turns = Played(A)
    turns.slow = {A: STALL}
    assert turns.goes_on(STALL / 2) is None and turns.slow == {A: STALL / 2}
    assert turns.goes_on(STALL / 2) is None and turns.slow == {A: 0}
    assert turns.goes_on(0.1) == A and turns.slow == {}


def test_who_is_slow_goes_on_at_once_when_nobody_will_ever():
    turns = Played(A)
    turns.slow = {A: STALL}
    assert turns.goes_on(None) == A


@pytest.mark.parametrize(("seconds", "who"), [(STALL, None), (STALL + 1, A), (None, A)])
def test_who_is_wanted_and_asleep_is_waited_for_if_he_wakes_soon(seconds, who):
    turns = Played(A)
    turns.in_a_job, turns.wants = {B}, 1
    assert turns.goes_on(seconds) == who
    assert turns.awaited == (None if who else B)


def test_who_is_awaited_goes_on_as_soon_as_he_wakes():
    turns = Played(A)
    turns.in_a_job, turns.wants = {B}, 1
    assert turns.goes_on(1.0) is None
    turns.wait(B)
    turns.wants = None
    assert turns.goes_on(1.0) == B and turns.slow == {A: STALL}


def test_the_able_are_the_others_that_wait_or_sleep_in_their_job():
    turns = Played(A, B)
    turns.in_a_job = {C, Actor("worker-4")}
    assert turns.able(A) == [1, 2] and turns.able(C) == [0, 1]


def test_an_actor_waits_until_it_is_his_turn_and_leaves_no_trace_when_he_is_stopped():
    turns = Turns(lambda: None)

    async def takes(me: Actor) -> None:
        actor.set(me)
        await turns.my_turn()

    async def play() -> None:
        first, second = asyncio.create_task(takes(A)), asyncio.create_task(takes(B))
        await asyncio.sleep(0)
        assert turns.actors == [A, B] and [one for one, _ in turns.waiting] == [A, B]
        first.cancel()
        await asyncio.wait([first])
        assert [one for one, _ in turns.waiting] == [B] and not second.done()
        assert turns.next(None)
        await second
        assert turns.waiting == [] and turns.holder == B and actor.get() == NOBODY

    asyncio.run(play())
