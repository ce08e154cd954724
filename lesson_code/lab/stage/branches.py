"""Runs that share a future: one played run represents every run with the same state."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lesson_code.lab.record import Step
from lesson_code.lab.stage.clock import START
from lesson_code.lab.stage.director import TOO_LONG, Asked
from lesson_code.lab.stage.places import Place
from lesson_code.lab.stage.story import Outcome
from lesson_code.lab.stage.token import Choices
from lesson_code.worlds.accidents import Deed


class Note(NamedTuple):
    """The key under which a crashed worker described itself, and when that key expires.

    The two times, in seconds since 1970, are those in this run and in the run that was played.
    """

    key: str
    here: float
    there: float

    def matters(self, asked: list[Asked]) -> bool:
        """Return whether the future could differ, until a command overwrites the key."""
        for one in asked:
            if one.note == self.key:
                if one.command in ("PSETEX", "DEL"):
                    return False
                now = START + one.at
                if one.command != "EXISTS" or (now < self.here) != (now < self.there):
                    return True
        return False


@dataclass
class Played:
    """A run that was played, its places, and the futures of crashes at these places."""

    choices: Choices
    steps: tuple[Step, ...]
    stirred: list[bool]
    others: list[list[int]]  # who else could go on, at each step
    outcome: Outcome
    asked: list[Asked]
    places: list[Place | None]
    futures: dict[int, Played] = field(default_factory=dict)

    def first_like(self, at: int) -> int:
        """Return the first place of the unbroken row of equal places that ends at this one."""
        here, first = self.places[at], at
        if here.is_plain:
            while first and (other := self.places[first - 1]) and other.bare == here.bare:
                first -= 1
        return first


@dataclass(frozen=True)
class Seen:
    """A run whose first steps are its own; the later ones are those of a run that was played."""

    choices: Choices
    own: tuple[Step, ...]
    played: Played
    start: int = 0  # the first step that it takes from `played`
    notes: tuple[Note, ...] = ()
    more: tuple[Deed, ...] = ()  # the effects before the crash in this run
    less: tuple[Deed, ...] = ()  # the effects before the crash in `played`

    @property
    def steps(self) -> tuple[Step, ...]:
        return (self.own + self.played.steps[self.start :])[:TOO_LONG]

    @property
    def others(self) -> list[list[int]]:
        """Return the numbers of those who could go on instead, at each step."""
        own = [[]] * len(self.own)
        return own + self.played.others[self.start :] if own else self.played.others

    @property
    def is_known(self) -> bool:
        """Return whether the whole run would end as `played` does, without being cut off."""
        left = len(self.played.steps) - self.start
        return bool(self.played.outcome.hangs) or len(self.own) + left <= TOO_LONG

    @property
    def outcome(self) -> Outcome:
        there = self.played.outcome
        if self.more == self.less:
            return there
        effects = there.effects + _calls(self.more)
        effects.subtract(_calls(self.less))
        return replace(there, effects=+effects)


def _calls(deeds: tuple[Deed, ...]) -> Counter:
    return Counter(deed.call for deed in deeds)


def differs(here: Place, there: Place) -> list[Note]:
    """Return the worker's note if its value differs between the two places."""
    key, (mine, yours) = here.note, (here.redis, there.redis)
    if mine.values.get((0, key)) == yours.values.get((0, key)):
        return []
    return [Note(key.decode(), mine.expires(key), yours.expires(key))]
