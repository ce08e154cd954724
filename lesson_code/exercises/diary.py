"""The diary: tries, solutions, hints and predictions, a line of JSON for each event, in one file.

Each line is added by one write, so several notebooks may write at once, and no line is rewritten.
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
WHATS = {"tried", "solved", "broken", "hint", "predicted", "reset"}


def file() -> Path:
    """Return where the progress is kept: ~/.job-chaining-lesson.jsonl, or LESSON_PROGRESS."""
    named = os.environ.get("LESSON_PROGRESS")
    return Path(named) if named else Path.home() / ".job-chaining-lesson.jsonl"


@dataclass
class Record:
    """The record of one exercise or question, since it was last reset."""

    tries: set[str] = field(default_factory=set)  # a digest of each answer that was tried
    hints: int = 0
    solved: bool = False
    broken: bool = False  # a level of the game was broken in its first form
    predicted: str | None = None  # the first answer counts


def record(name: str) -> Record:
    return records().get(name) or Record()


def records() -> dict[str, Record]:
    """Return all records, by exercise or question."""
    found: dict[str, Record] = {}
    for event in standing(events()):
        one = found.setdefault(event["name"], Record())
        if event["what"] == "tried":
            one.tries.add(event["value"])
        elif event["what"] == "hint":
            one.hints += 1
        elif event["what"] == "solved":
            one.solved = True
        elif event["what"] == "broken":
            one.broken = True
        elif event["value"].isdigit():  # a letter answered a question of an earlier edition
            one.predicted = one.predicted or event["value"]
    return found


def standing(some: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the events that still count: no resets, and none that was reset later."""
    kept: list[dict[str, str]] = []
    for event in some:
        if event["what"] == "reset":
            kept = [one for one in kept if event["name"] not in ("all", one["name"])]
        else:
            kept.append(event)
    return kept


def digest(answer: str) -> str:
    return sha256(answer.encode()).hexdigest()[:12]


def add(what: str, name: str, value: str = "") -> None:
    """Add an event. An error for a file that cannot be written is only shown."""
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
    """Add the events of another file that count there and are missing here; return their number.

    An event that was reset here is added again; a reset there removes nothing here. Raises OSError
    when the file cannot be read, ValueError when it holds no progress.
    """
    good, damaged = _read(source.read_bytes())
    if damaged:
        raise ValueError(f"{source} is not a progress file: nothing was imported")
    known = standing(events())
    new = [event for event in standing(good) if event not in known]
    _append(new)
    return len(new)


def _read(data: bytes) -> tuple[list[dict[str, str]], bool]:
    """Return the good lines, and whether there are bad ones."""
    good, damaged = [], False
    for line in filter(bytes.strip, data.splitlines()):
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
    with file().open("a+b", buffering=0) as out:  # writes at the end, wherever it has read
        out.seek(max(0, os.fstat(out.fileno()).st_size - 1))
        unfinished = out.read(1) not in (b"", b"\n")  # an editor may remove the last newline
        out.write(b"\n" * unfinished + _lines(new).encode())


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
