"""The token of a run: which choices differ from the plain one. "d40s17": it dies before step 40,
and at step 17 the other worker goes on ("s17c": the third one). "plain" has none."""

import re
from dataclasses import dataclass

CHOICE = re.compile(r"([ds])(\d+)([a-z]?)")
PLAIN = "plain"


@dataclass(frozen=True)
class Choices:
    """Where workers die, and where the baton goes to another one: (step, number of the worker)."""

    deaths: tuple[int, ...] = ()
    switches: tuple[tuple[int, int], ...] = ()

    @property
    def token(self) -> str:
        found = [(at, 1, f"d{at}") for at in self.deaths]
        found += [(at, 0, f"s{at}{_letter(to)}") for at, to in self.switches]
        return "".join(text for *_, text in sorted(found)) or PLAIN

    @property
    def last(self) -> int:
        """The last step at which something is chosen; -1 if nothing is."""
        return max([-1, *self.deaths, *(at for at, _ in self.switches)])


def choices_of(token: str) -> Choices:
    """Return what the token says. Raises ValueError if it is none."""
    given = "" if token == PLAIN else token
    if not re.fullmatch(f"({CHOICE.pattern})*", given):
        raise ValueError(f"{token!r} is not a token of a run, as 'd40' or 's17' is")
    found = CHOICE.findall(given)
    return Choices(
        tuple(int(at) for what, at, _ in found if what == "d"),
        tuple((int(at), _number(letter)) for what, at, letter in found if what == "s"),
    )


def _letter(number: int) -> str:
    return "abcdefghijklmnopqrstuvwxyz"[number]


def _number(letter: str) -> int:
    return ord(letter or "b") - ord("a")
