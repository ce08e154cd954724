"""What was found the last time: `kept/ENGINE.json`, each result with its date and its versions."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.engines.order import Outcome

FOLDER = Path(__file__).with_name("kept")


@dataclass
class Found:
    """A place and its ends, one for each run that has reached it, with the effects of each."""

    name: str
    at: int
    after: bool
    again: int | None = None
    ends: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    left: dict = field(default_factory=dict)

    def take(self, outcome: Outcome) -> None:
        seen = outcome.seen
        self.ends.append(outcome.end)
        self.effects.append(seen.recovered if seen.at_last is None else seen.at_last)
        self.left = self.left or seen.left

    def add(self, before: "Found") -> None:
        """Add the ends that were seen before and not now, each once."""
        for end, effects in zip(before.ends, before.effects, strict=True):
            if end not in self.ends:
                self.ends.append(end)
                self.effects.append(effects)


@dataclass(frozen=True)
class Result:
    """A variant of an engine in a mode, as found on a day with these versions.

    `races`: each place was played `passes` times, and its ends can differ. `missed`: trials whose
    worker did not come to its place, or had no child there to strike. `seconds`: how long it took.
    """

    engine: str
    variant: str
    mode: str
    date: str  # "2026-11-30"
    versions: str  # of the engine's packages: "rq 2.12.0, redis 8.1.0"
    python: str
    server: str
    file: str  # that ran it
    passes: int
    races: bool
    missed: int
    seconds: int
    places: list[Found]

    @property
    def key(self) -> tuple[str, str]:
        return self.variant, self.mode

    @property
    def origin(self) -> tuple[str, str, str]:
        return self.versions, self.python, self.server

    def ends(self) -> dict[str, list[str]]:
        """Return the ends of each place by its name."""
        return {one.name: one.ends for one in self.places}

    def counts(self, end: str) -> list[int]:
        """Return how many places had this end, for each pass; a place played less often repeats."""
        ends = [one.ends for one in self.places]
        passes = max(map(len, ends), default=1)
        return [sum(of[min(k, len(of) - 1)] == end for of in ends) for k in range(passes)]


def united(before: Result | None, now: Result) -> Result:
    """Return a result, with further ends that its places had before with these versions.

    A place whose runs differ with the same versions races, and its range does not depend on the
    luck of one day. Remove the file of the engine to begin anew, as after a change of the driver.
    """
    if before and before.origin == now.origin:
        old = {one.name: one for one in before.places}
        for place in now.places:
            if was := old.get(place.name):
                place.add(was)
    return now


def read(engine: str) -> list[Result]:
    """Return an engine's results, or an empty list."""
    file = FOLDER / f"{engine}.json"
    stored = json.loads(file.read_text("utf-8")) if file.exists() else []
    return [
        Result(**one | {"places": [Found(**place) for place in one["places"]]}) for one in stored
    ]


def keep(engine: str, new: Iterable[Result]) -> None:
    """Keep these results in place of those of the same variant and mode."""
    found = {one.key: one for one in read(engine)} | {one.key: one for one in new}
    FOLDER.mkdir(exist_ok=True)
    text = "[\n" + ",\n".join(_text(found[key]) for key in sorted(found)) + "\n]\n"
    (FOLDER / f"{engine}.json").write_text(text, encoding="utf-8")


def _text(result: Result) -> str:
    """Return a result as JSON, a line for each place."""
    parts = asdict(result)
    places = [json.dumps(_short(one), ensure_ascii=False) for one in parts.pop("places")]
    head = json.dumps(parts, ensure_ascii=False)[:-1]
    return f'{head}, "places": [\n  ' + ",\n  ".join(places) + "\n]}"


def _short(place: dict) -> dict:
    """Leave out what is its default: a second kill, and what was left."""
    return {name: value for name, value in place.items() if value is not None and value != {}}
