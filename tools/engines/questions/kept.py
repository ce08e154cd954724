"""What the last runs showed, a file an engine, and what a new run shows differently."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tools.engines.questions import cells

FOLDER = Path(__file__).with_name("kept")
RANGE = re.compile(r"(\d+(?:\.\d+)?)(?:–(\d+(?:\.\d+)?))?")
SLACK = 3  # a wait counts as changed if it leaves its kept range by more than a tenth and this


class NotKept(Exception):
    """The error for an engine or a question without a kept answer, and for one without a source."""


def read(engine: str, folder: Path = FOLDER) -> dict:
    """Return what is kept of an engine. Raises NotKept if that is nothing."""
    path = folder / f"{engine}.json"
    if not path.exists():
        raise NotKept(f"{engine} was never asked: python -m tools.engines.questions {engine}")
    return json.loads(path.read_text("utf-8"))


def write(engine: str, found: dict, folder: Path = FOLDER) -> None:
    path = folder / f"{engine}.json"
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def joined(before: dict, now: dict) -> dict:
    """Return the new state of an engine: what was seen now, and old answers to other questions.

    The date is that of the oldest answer. Answers of other releases are dropped.
    """
    old = before.get("runs", {}).keys() - now["runs"].keys()
    if any(before.get(key) != now[key] for key in ("releases", "runtime", "server")):
        before, old = {}, set()
    texts = {question: cells.text(question, runs) for question, runs in now["runs"].items()}
    return {
        **now,
        "date": min(before["date"], now["date"]) if old else now["date"],
        "cells": before.get("cells", {}) | texts,
        "runs": before.get("runs", {}) | now["runs"],
    }


def changes(before: dict, now: dict) -> Iterator[str]:
    """Name each cell of `now` that has another text than before.

    A number within its kept range, or near to it, is no change.
    """
    for question, runs in now["runs"].items():
        new, old = cells.text(question, runs), before.get("cells", {}).get(question)
        if old is None:
            yield f"{now['engine']}, {question}: new: {new}"
        elif not _alike(old, new):
            yield f"{now['engine']}, {question}: was: {old}; is: {new}"


def _alike(old: str, new: str) -> bool:
    if RANGE.sub("", old) != RANGE.sub("", new):
        return False
    pairs = zip(RANGE.findall(old), RANGE.findall(new), strict=True)
    return all(_within(*pair) for pair in pairs)


def _within(old: tuple[str, str], new: tuple[str, str]) -> bool:
    low, high = float(old[0]), float(old[1] or old[0])
    slack = SLACK + high / 10 if high > SLACK else 0
    return low - slack <= float(new[0]) and float(new[1] or new[0]) <= high + slack
