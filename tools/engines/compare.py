"""What has changed since the last time, by the names of the places: only that is news."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tools.engines.kept import Result
from tools.engines.modes import MODES

NUMBER = re.compile(r" \(\d+\)(?= ‖|$)")  # what counts places of the same commands


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


def commands(place: str) -> str:
    """Return a place's name without its number: the same for all places of these commands."""
    return NUMBER.sub("", place)


def news(before: Result, now: Result) -> Iterator[News]:
    """Yield what has changed at each place.

    Where runs of a place differ, an end that was seen there before is no news. In a mode with a
    sample of the places, and where processes or threads race, other places can come up each time;
    one that was not there before is compared with those of the same commands.
    """
    old = {one.name: set(one.ends) for one in before.places}
    shifts = now.races or MODES[now.mode].sample
    alike = defaultdict(set)
    for name, ends in old.items():
        alike[commands(name)] |= ends
    for place in now.places:
        ends, was = set(place.ends), old.pop(place.name, None)
        if was is None and shifts:
            was = alike.get(commands(place.name), ends)
            same = ends <= was
        else:
            many = now.races or len(was or ()) > 1
            same = was is not None and (ends <= was if many else ends == was)
        if not same:
            yield _told(now, place.name, was or set(), ends)
    for name, was in () if shifts else old.items():
        yield _told(now, name, was, set())


def _told(now: Result, place: str, was: set[str], ends: set[str]) -> News:
    words = (" or ".join(sorted(one)) for one in (was, ends))
    return News(now.engine, now.variant, now.mode, place, *words)
