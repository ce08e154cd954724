"""What was tried, solved, hinted and predicted: a line of JSON for each event, in one file.

A line is added at one stroke, so several notebooks may write at once, and nothing is rewritten.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

KEYS = {"at", "what", "name", "value"}
WHATS = {"tried", "solved", "hint", "predicted", "reset"}


def file() -> Path:
    """Return where the progress is kept: ~/.job-chaining-lesson.jsonl, or LESSON_PROGRESS."""
    named = os.environ.get("LESSON_PROGRESS")
    return Path(named) if named else Path.home() / ".job-chaining-lesson.jsonl"


@dataclass
class Record:
    """What is known of one exercise or question, since it was last reset."""

    tries: set[str] = field(default_factory=set)  # a digest of each answer that was tried
    hints: int = 0
    solved: bool = False
    predicted: str | None = None  # the first answer counts


def record(name: str) -> Record:
    return records().get(name) or Record()


def records() -> dict[str, Record]:
    """Return what is known, by exercise or question."""
    found: dict[str, Record] = {}
    for event in events():
        one = found.setdefault(event["name"], Record())
        if event["what"] == "tried":
            one.tries.add(event["value"])
        elif event["what"] == "hint":
            one.hints += 1
        elif event["what"] == "solved":
            one.solved = True
        elif event["what"] == "predicted":
            one.predicted = one.predicted or event["value"]
        elif event["name"] == "all":
            found.clear()
        else:
            found.pop(event["name"])
    return found


def digest(answer: str) -> str:
    return sha256(answer.encode()).hexdigest()[:12]


def add(what: str, name: str, value: str = "") -> None:
    """Add an event. A file that cannot be written is told, and no more."""
    events()  # sets a damaged file aside first
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    try:
        _append([{"at": now, "what": what, "name": name, "value": value}])
    except OSError as error:
        print(f"(Your progress cannot be kept: {error}. LESSON_PROGRESS may name another file.)")


def events() -> list[dict[str, str]]:
    """Return all events, the oldest first; set a damaged file aside, and keep its good lines."""
    try:
        data = file().read_bytes()
    except OSError:
        return []
    good, damaged = _read(data)
    if damaged:
        _set_aside(good)
    return good


def export_to(target: Path) -> int:
    """Copy the events to a new file and return their number. Raises FileExistsError."""
    lines = _lines(events())
    with target.open("x", encoding="utf-8") as out:
        out.write(lines)
    return lines.count("\n")


def import_from(source: Path) -> int:
    """Add the events of another file that are not known yet; return their number.

    Raises OSError when it cannot be read, ValueError when it holds no progress.
    """
    good, damaged = _read(source.read_bytes())
    if damaged:
        raise ValueError(f"{source} is not a progress file: nothing was imported")
    known = {json.dumps(event) for event in events()}
    new = [event for event in good if json.dumps(event) not in known]
    _append(new)
    return len(new)


def _read(data: bytes) -> tuple[list[dict[str, str]], bool]:
    """Return the good lines, and whether there are others."""
    good, damaged = [], False
    for line in data.splitlines():
        try:
            event = json.loads(line)
            assert isinstance(event, dict) and set(event) == KEYS and event["what"] in WHATS
            assert all(isinstance(value, str) for value in event.values())
        except (ValueError, AssertionError):
            damaged = True
        else:
            good.append(event)
    return good, damaged


def _lines(some: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(event) + "\n" for event in some)


def _append(new: Iterable[dict[str, Any]]) -> None:
    file().parent.mkdir(parents=True, exist_ok=True)
    with file().open("ab", buffering=0) as out:
        out.write(_lines(new).encode())


def _set_aside(good: list[dict[str, str]]) -> None:
    here = file()
    number = 1
    while (aside := here.with_name(f"{here.name}.damaged-{number}")).exists():
        number += 1
    try:
        here.rename(aside)
        _append(good)
    except OSError as error:
        print(f"(The progress file {here} is damaged and cannot be set aside: {error}.)")
        return
    print(f"(The progress file was damaged. It is kept as {aside.name}, its good lines go on.)")
