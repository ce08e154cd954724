"""Turns on an event loop: each actor waits for its turn before it calls Redis; one goes on at a
time.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from lesson_code.lab.stage.baton import STALL


@dataclass(frozen=True)
class Actor:
    """An actor that takes turns: a worker's own loop (`job` is ""), or one of its jobs."""

    worker: str = ""
    job: str = ""


NOBODY = Actor()
actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


class Turns:
    """The actor with the last turn goes on, until it waits for something else than its turn.

    `wanted()` returns the number of the actor that must go on instead, if any. The actor that loses
    its turn is slow for once: it goes on when no other can, now or within STALL. If the wanted
    actor is asleep in its job, all others are held back until it wakes.
    """

    def __init__(self, wanted: Callable[[], int | None]):
        self.wanted = wanted
        self.actors: list[Actor] = []  # in the order in which they arrived
        self.waiting: list[tuple[Actor, asyncio.Future]] = []
        self.holder: Actor | None = None
        self.in_a_job: set[Actor] = set()
        self.awaited: Actor | None = None  # it goes on as soon as it wakes
        self.slow: dict[Actor, float] = {}  # for how many seconds they let others go first

    async def my_turn(self) -> None:
        """Wait until it is this actor's turn."""
        me = actor.get()
        if me not in self.actors:
            self.actors.append(me)
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append((me, turn))
        try:
            await turn
        finally:
            self.waiting = [one for one in self.waiting if one[1] is not turn]

    def able(self, me: Actor) -> list[int]:
        """Return the numbers of the others who wait for their turn, or sleep in their job."""
        others = {*(one for one, _ in self.waiting), *self.in_a_job} - {me}
        return sorted(self.actors.index(one) for one in others if one in self.actors)

    def next(self, seconds: float | None) -> bool:
        """Give one actor its turn.

        Returns False if none waits for a turn, or if an actor must wake first. `seconds` is the
        time until one wakes.
        """
        if not self.waiting:
            return False
        names = [one for one, _ in self.waiting]
        to = self.wanted()
        if to is not None and to < len(self.actors):
            self.awaited = self.actors[to]
        asleep = self.awaited in self.in_a_job and self.awaited not in names
        if asleep and seconds is not None and seconds <= STALL:
            return False
        chosen = usual = self._usual(names)
        if self.awaited in names and self.awaited != usual:
            chosen = self.awaited
            self.slow[usual] = STALL
        self.awaited = None
        if seconds is not None and seconds <= self.slow.get(chosen, -1.0):
            self.slow[chosen] -= seconds
            return False
        self.holder = chosen
        self.slow.pop(chosen, None)
        at = names.index(chosen)
        self.waiting.pop(at)[1].set_result(None)
        return True

    def _usual(self, names: list[Actor]) -> Actor:
        """Return the actor that goes on if none is wanted."""
        in_time = [one for one in names if one not in self.slow]
        return self.holder if self.holder in in_time else (in_time or names)[0]
