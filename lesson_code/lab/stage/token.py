"""The token of a run: which choices differ from the plain one, which is called "plain".

"d40s17w2": somebody dies at step 40, and at step 17 the second of those who work goes on.
"f12": the task of the job that step 12 is about fails.
"x2" before that: two workers, where the story itself has another number of them.
"""

import re
from dataclasses import dataclass, replace

CHOICE = re.compile(r"d(\d+)|f(\d+)|s(\d+)w(\d+)")
PLAIN = "plain"


class NoSuchRun(ValueError):
    """A token that names no run of this story."""


@dataclass(frozen=True)
class Choices:
    """Where workers die, where tasks fail, and where somebody else goes on: (step, number of who
    does, from 0).
    """

    deaths: tuple[int, ...] = ()
    switches: tuple[tuple[int, int], ...] = ()
    workers: int = 0  # 0: as many as the story has
    fails: tuple[int, ...] = ()

    @property
    def token(self) -> str:
        found = [(at, f"d{at}") for at in self.deaths]
        found += [(at, f"f{at}") for at in self.fails]
        found += [(at, f"s{at}w{to + 1}") for at, to in self.switches]
        texts = [f"x{self.workers}" if self.workers else "", *(text for _, text in sorted(found))]
        return "".join(texts) or PLAIN

    def with_death(self, at: int) -> "Choices":
        """Return these choices, and a death at that step."""
        return replace(self, deaths=(*self.deaths, at))

    def with_switch(self, at: int, who: int) -> "Choices":
        """Return these choices, and another one going on at that step."""
        return replace(self, switches=(*self.switches, (at, who)))

    def with_failure(self, at: int) -> "Choices":
        """Return these choices, and a failure of the task that this step is about."""
        return replace(self, fails=(*self.fails, at))

    @property
    def number(self) -> int:
        """How many choices there are."""
        return len(self.deaths) + len(self.switches) + len(self.fails)

    @property
    def last(self) -> int:
        """The last step at which something is chosen; -1 if nothing is."""
        return max([-1, *self.deaths, *self.fails, *(at for at, _ in self.switches)])


def choices_of(token: str) -> Choices:
    """Return what the token says. Raises NoSuchRun, a ValueError, if it is none."""
    given = "" if token == PLAIN else token
    if not (token and (fits := re.fullmatch(rf"(?:x(\d+))?(?:{CHOICE.pattern})*", given))):
        raise NoSuchRun(f"{token!r} is not a token of a run, as 'd40' or 's17w2' is")
    found = CHOICE.findall(given)
    return Choices(
        tuple(int(death) for death, *_ in found if death),
        tuple((int(at), int(to) - 1) for _, _, at, to in found if at),
        int(fits.group(1) or 0),
        tuple(int(fail) for _, fail, *_ in found if fail),
    )
