"""The places of crashes and stops in words; neighbours of one kind are named together."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lesson_code.lab.record import Fate, Step

MOST_LINES, MOST_SPANS = 11, 4  # lines about all kinds; places named in one of them
MOST_WORDS = 160  # letters about the places


@dataclass(frozen=True)
class Place:
    """A fate, and its place in the map: the name of its block, and its number there."""

    block: str
    number: int
    fate: Fate

    @property
    def step(self) -> Step | None:
        """Return what the worker was about to do at its crash or stop, if there was just one."""
        return self.fate.steps[self.fate.ends[0]] if len(self.fate.ends) == 1 else None

    @property
    def before(self) -> int | None:
        """Return the number of the last step that this worker made."""
        if self.step is None:
            return None
        steps = self.fate.steps[: self.fate.ends[0]]
        return max((n for n, s in enumerate(steps) if s.worker == self.step.worker), default=None)


Span = list[Place]  # neighbours of one kind, in one block


def words(step: Step) -> str:
    """Return what the worker does there.

    A call is named without its arguments, because the job determines them.
    """
    call = step.command.partition("(")[0] + "(…)" if step.command.endswith(")") else step.command
    if step.says == step.command:
        return f"it sends {step.command}"
    return f"it {step.says}" if step.says else call


def spans(places: Sequence[Place]) -> Iterator[Span]:
    """Yield the places in order, in groups between which no other kind of end is possible."""
    span: Span = []
    for place in places:
        if span and not _follows(span[-1], place):
            yield span
            span = []
        span.append(place)
    if span:
        yield span


def _follows(last: Place, place: Place) -> bool:
    same = (last.fate.kind, last.block) == (place.fate.kind, place.block)
    if not same or place.number != last.number + 1:
        return False
    if place.step is None:
        return last.fate.says == place.fate.says
    return last.step is not None and place.before == last.fate.ends[0]


def where(span: Span) -> str:
    """Return the place: after and before which step; else the fate's own words."""
    first, last = span[0], span[-1]
    if first.step is None:
        return first.fate.says or "in this order"
    after = first.fate.steps[first.before] if first.before is not None else None
    begin = f"after {words(after)}, " if after else ""
    return f"{begin}before {words(last.step)}"


def told(harmed: Sequence[Place], glyphs: dict[str, str], unit: str) -> Iterator[str]:
    """Yield lines about each kind in `glyphs`, in turn: the places, and the jobs."""
    by_kind: dict[str, dict[str, list[Span]]] = {kind: defaultdict(list) for kind in glyphs}
    for span in spans(harmed):
        by_kind[span[0].fate.kind][where(span)].append(span)
    for kind, lines in by_kind.items():
        most = max(2, MOST_LINES // len(by_kind))
        ordered = sorted(lines.items(), key=lambda line: -_size(line[1]))
        kept = ordered if len(ordered) <= most else ordered[: most - 1]
        for place, found in kept:
            yield f"{glyphs[kind]} {kind} {_clip(place)}: {_named(found)}"
        if rest := sum(_size(found) for _, found in ordered[len(kept) :]):
            yield f"{glyphs[kind]} {kind} at {rest:,} more {unit}{'s' * (rest > 1)}"


def _size(found: list[Span]) -> int:
    return sum(map(len, found))


def _clip(place: str) -> str:
    return place if len(place) <= MOST_WORDS else place[: MOST_WORDS - 1] + "…"


def _named(found: list[Span]) -> str:
    """Return the places with the numbers of the map, each with the token of its first run."""
    names = []
    for span in found[:MOST_SPANS]:
        numbers = f"{span[0].number}" + f"-{span[-1].number}" * (len(span) > 1)
        names.append(f"{span[0].block} {numbers} ({span[0].fate.token})")
    more = [f"{_size(found[MOST_SPANS:])} more"] * (len(found) > MOST_SPANS)
    return ", ".join(names + more)
