"""The token of a run: the choices that differ from the plain run, whose token is "plain".

`d40s17w2` means that a worker crashes at step 40, and that worker 2 goes on at step 17. `t40` means
that a worker is told to stop (SIGTERM) at step 40, and `f12` that the task of step 12's job fails.
`x2` at the start means two workers, if the story itself has another number of them.
"""

import re
from dataclasses import dataclass, replace

CHOICE = re.compile(r"d(\d+)|t(\d+)|f(\d+)|s(\d+)w(\d+)")
PLAIN = "plain"


class NoSuchRun(ValueError):
    """The error for a token that names no run of this story."""


@dataclass(frozen=True)
class Choices:
    """The places where workers crash, are told to stop, and tasks fail, and where other workers go
    on: (step, number of the worker, from 0).
    """

    crashes: tuple[int, ...] = ()
    switches: tuple[tuple[int, int], ...] = ()
    workers: int = 0  # 0: the story's own number
    fails: tuple[int, ...] = ()
    stops: tuple[int, ...] = ()

    @property
    def token(self) -> str:
        found = [(at, f"d{at}") for at in self.crashes]
        found += [(at, f"t{at}") for at in self.stops]
        found += [(at, f"f{at}") for at in self.fails]
        found += [(at, f"s{at}w{to + 1}") for at, to in self.switches]
        texts = [f"x{self.workers}" if self.workers else "", *(text for _, text in sorted(found))]
        return "".join(texts) or PLAIN

    def with_crash(self, at: int) -> "Choices":
        """Return these choices, and a crash at that step."""
        return replace(self, crashes=(*self.crashes, at))

    def with_stop(self, at: int) -> "Choices":
        """Return these choices, and a SIGTERM at that step."""
        return replace(self, stops=(*self.stops, at))

    def with_switch(self, at: int, who: int) -> "Choices":
        """Return these choices, and another worker going on at that step."""
        return replace(self, switches=(*self.switches, (at, who)))

    def with_failure(self, at: int) -> "Choices":
        """Return these choices, and a failure of the task that this step is about."""
        return replace(self, fails=(*self.fails, at))

    @property
    def number(self) -> int:
        """Return the number of choices."""
        return sum(map(len, (self.crashes, self.stops, self.fails, self.switches)))

    @property
    def last(self) -> int:
        """Return the last step with a choice; -1 if there is none."""
        switched = [at for at, _ in self.switches]
        return max([-1, *self.crashes, *self.stops, *self.fails, *switched])


def choices_of(token: str) -> Choices:
    """Return the choices in the token. Raises NoSuchRun, a ValueError, for an invalid one."""
    given = "" if token == PLAIN else token
    if not (token and (fits := re.fullmatch(rf"(?:x(\d+))?(?:{CHOICE.pattern})*", given))):
        raise NoSuchRun(f"{token!r} is not a token of a run, as 'd40' or 's17w2' is")
    found = CHOICE.findall(given)
    return Choices(
        tuple(int(crash) for crash, *_ in found if crash),
        tuple((int(at), int(to) - 1) for *_, at, to in found if at),
        int(fits.group(1) or 0),
        tuple(int(fail) for _, _, fail, *_ in found if fail),
        tuple(int(stop) for _, stop, *_ in found if stop),
    )
