"""A nightly weather report: plain steps that count how often they were started."""

import json
from collections import Counter
from collections.abc import Callable
from functools import wraps
from itertools import groupby
from pathlib import Path
from typing import Any

from lesson_code.worlds import weather

started: Counter[str] = Counter()  # each step, in this process


def counted(task: Callable) -> Callable:
    """Note each start of `task` in `started`."""

    @wraps(task)
    def count_and_run(*args: Any) -> Any:
        started[task.__name__] += 1
        return task(*args)

    return count_and_run


@counted
def extract() -> list[dict]:
    return weather.extract()


@counted
def process(days: list[dict]) -> dict[str, dict]:
    return weather.process(days)


@counted
def report(years: dict[str, dict]) -> str:
    return weather.report(years)


@counted
def publish(text: str, board: str) -> str:
    """Write `text` to the notice board, a folder. Raises FileNotFoundError if it does not exist."""
    if not Path(board).is_dir():
        raise FileNotFoundError("there is no notice board")
    Path(board, "report.txt").write_text(text, encoding="utf-8")
    return f"{len(text.splitlines())} lines published"


@counted
def tidy_up() -> str:
    return "all tidy"


def whole_night(board: str) -> str:
    return publish(report(process(extract())), board)


@counted
def dry_spell(days: list[dict]) -> dict:
    """Return the longest run of days without rain."""
    spells = [list(same) for wet, same in groupby(days, _is_wet) if not wet]
    longest = max(spells, key=len, default=[])
    return {"days": len(longest), "from": longest[0]["date"] if longest else None}


def _is_wet(day: dict) -> bool:
    return day["precipitation"] > 0


@counted
def store(years: dict[str, dict], spell: dict, folder: str) -> str:
    """Write both analyses into a file of `folder`. Return its name."""
    file = Path(folder, "analyses.json")
    file.write_text(json.dumps({"years": years, "dry spell": spell}), encoding="utf-8")
    return file.name


def only_years() -> dict[str, dict]:
    return process(extract())


def only_dry_spell() -> dict:
    return dry_spell(extract())
