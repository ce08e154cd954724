"""The places of a run without a strike, each with a name that is stable from run to run."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tools.engines.sends import SCRIPTED, plan

START = "start"
FIELD = re.compile(r"[A-Za-z_][A-Za-z_:*-]*")  # a third word that names a field, and no value
SHA = re.compile(r"\*[0-9a-f]{8}\b")  # what is left of a script's hash, which a release changes
SCRIPT = re.compile(r"--\[\[~ *(.{1,34}).*? {2,}(\d+ \S+).*")  # one sent in full: its first comment
SHOWN = 3  # commands of a pipeline
SEED = 1


class HasName(Protocol):
    """A place, or what was found at one."""

    name: str


@dataclass(frozen=True)
class Place:
    """A place: before the send number `at`, or after it, when the server has carried it out."""

    at: int
    after: bool
    name: str


def label(send: str) -> str:
    """Return a send as its commands and their keys: "HSET rq:job:a status", without values."""
    parts = [_command(part) for part in send.split(" + ")]
    more = len(parts) - SHOWN
    return " + ".join(parts[:SHOWN]) + (f" + {more} more" if more > 0 else "")


def _command(part: str) -> str:
    if part.startswith(SCRIPTED):
        return SCRIPT.sub(r"(\1…) \2", SHA.sub("*", part))
    words = part.split(" ")
    field = words[2:3] if len(words) > 2 and FIELD.fullmatch(words[2]) else []
    return " ".join(words[:2] + field)


def places(sends: list[tuple[str, int]], size: int) -> list[Place]:
    """Return the places: before each send, and after one if an effect comes before the next.

    `size` is that of the file of effects at the end. A name says what comes before the place and
    what comes after it; a second place of that name has "(2)".
    """
    labels = [label(send) for send, _ in sends]
    sizes = [at for _, at in sends] + [size]
    found = []
    for k, here in enumerate(labels, start=1):
        before = labels[k - 2] if k > 1 else START
        found.append((k, False, f"{before} | {here}"))
        if sizes[k] > sizes[k - 1]:
            found.append((k, True, f"{here} | effect"))
    times: Counter[str] = Counter()
    named = []
    for at, after, name in found:
        times[name] += 1
        named.append(Place(at, after, name + (f" ({times[name]})" if times[name] > 1 else "")))
    return named


def drawn(every: Sequence[HasName], number: int | None) -> list:
    """Draw so many places, each by its own name: one more or less leaves the others as they are."""
    lots = {one.name: random.Random(f"{SEED} {one.name}").random() for one in every}
    chosen = set(sorted(lots, key=lots.get)[:number])
    return [one for one in every if one.name in chosen]


def same_plan(one: str, other: str) -> bool:
    """Return whether two sends have the same commands and first keys."""
    return plan(one) == plan(other)
