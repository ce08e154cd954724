"""Turns on an event loop: whoever is about to ask Redis waits for his; one goes on at a time."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Who takes turns: a worker's own loop (`job` is ""), or one of its jobs."""

    worker: str = ""
    job: str = ""


NOBODY = Actor()
actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


class Turns:
    """Who has had the last turn goes on, until he waits for something else than his turn.

    `wanted()` returns the number of who is to go on instead, if any.
    """

    def __init__(self, wanted: Callable[[], int | None]):
        self.wanted = wanted
        self.actors: list[Actor] = []  # in the order in which they came
        self.waiting: list[tuple[Actor, asyncio.Future]] = []
        self.holder: Actor | None = None

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
        """Return the numbers of the others who wait for their turn."""
        return sorted({self.actors.index(one) for one, _ in self.waiting if one != me})

    def next(self) -> bool:
        """Let one go on. Returns False if nobody waits for a turn."""
        if not self.waiting:
            return False
        to = self.wanted()
        wanted = [self.actors[to]] if to is not None and to < len(self.actors) else []
        names = [one for one, _ in self.waiting]
        chosen = next((one for one in [*wanted, self.holder] if one in names), names[0])
        self.holder = chosen
        at = names.index(chosen)
        self.waiting.pop(at)[1].set_result(None)
        return True
