"""What has changed since the last time, by the names of the places: only that is news."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.engines.kept import Found, Result
from tools.engines.modes import MODES


@dataclass(frozen=True)
class News:
    """A place that has changed: the ends before and now, "" where there was or is no such place."""

    engine: str
    variant: str
    mode: str
    place: str
    was: str
    now: str

    def __str__(self) -> str:
        if not self.was:
            what = f"is new: {self.now}"
        elif not self.now:
            what = f"is gone; it was {self.was}"
        else:
            what = f"was {self.was}, is {self.now}"
        return f"{self.engine}, {self.variant}, {self.mode}: {self.place}: {what}"


def ends_of(place: Found) -> str:
    """Return the different ends of a place in words: "lost or twice"."""
    return " or ".join(sorted(set(place.ends)))


def news(before: Result, now: Result) -> Iterator[News]:
    """Yield what has changed at each place.

    Where processes or threads race, an end that was seen there before is no news. Pairs of kills
    are drawn from what the recovering worker happens to send, so only pairs of both are compared.
    """
    old, new = ({one.name: one for one in result.places} for result in (before, now))
    pairs = MODES[now.mode].then == "again"
    for name in [*new, *(one for one in old if one not in new)]:
        was, found = old.get(name), new.get(name)
        if pairs and not (was and found):
            continue
        if not (was and found and _agree(was, found, now.races)):
            told = [ends_of(one) if one else "" for one in (was, found)]
            yield News(now.engine, now.variant, now.mode, name, *told)


def _agree(was: Found, found: Found, races: bool) -> bool:
    return set(found.ends) <= set(was.ends) if races else set(found.ends) == set(was.ends)
