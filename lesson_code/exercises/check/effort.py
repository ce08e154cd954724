"""How much an answer works. Work is counted, time is not: a busy machine changes no verdict.

The counts include the turns of the answer's own loops and the calls of its own functions. They also
include the round trips to Redis, of the answer and of the workers that run its jobs. Each trial
begins at 0.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

FACTOR = 20  # an answer may work so many times as much as the most expensive official solution


class Work(NamedTuple):
    """The work that is done in a trial."""

    turns: int = 0
    trips: int = 0

    def most(self, other: "Work") -> "Work":
        """Return the larger number of each."""
        return Work(*map(max, self, other))


NOTHING = Work()
LEAST = Work(100_000, 20_000)  # an answer may work so much in any exercise
NO_LIMIT = Work(10**18, 10**18)


def allowed(solution: Work) -> Work:
    """Return how much an answer may work in a trial, if the solution's first trial takes this.

    A solution's other trials, and other solutions, take up to twice as much: `verify` proves it.
    """
    return LEAST.most(Work(*(2 * FACTOR * number for number in solution)))


def ignore(counted: str) -> None:
    """Allow an answer any amount of work."""


class Effort:
    """The work of an answer in this trial, and the most that it has done in any.

    `over(counted)` gets the words for the excess, and does not return.
    """

    def __init__(self) -> None:
        self.over: Callable[[str], None] = ignore
        self.new_answer(LEAST)

    def new_answer(self, limit: Work) -> None:
        """Begin with another answer, which may do so much in a trial."""
        self.turns = self.trips = 0
        self.limit, self.before = limit, NOTHING

    def begin(self) -> None:
        """Begin a trial."""
        self.before = self.most
        self.turns = self.trips = 0

    @property
    def now(self) -> Work:
        return Work(self.turns, self.trips)

    @property
    def most(self) -> Work:
        return self.before.most(self.now)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Count nothing in here, and allow any amount of work."""
        known = vars(self).copy()
        self.limit = NO_LIMIT
        try:
            yield
        finally:
            vars(self).update(known)

    def turn(self) -> bool:
        """Count a turn of a loop, or a call of a function. Return True."""
        self.turns += 1
        if self.turns > self.limit.turns:
            self.over(f"it took {self.limit.turns:,} turns of its loops and calls of its functions")
        return True

    def trip(self) -> None:
        """Count a round trip to Redis."""
        self.trips += 1
        if self.trips > self.limit.trips:
            self.over(f"it and its workers asked Redis {self.limit.trips:,} times")


effort = Effort()  # of the answer that this process judges now
