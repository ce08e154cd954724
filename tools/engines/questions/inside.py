"""What runs in an engine's own environment, with the standard library alone: one command.

python -m tools.engines.questions.inside celery worker         becomes the worker
python -m tools.engines.questions.inside celery fails '[]'     prints what `fails()` returned

A job says that it runs with a line in the file NOTES. The driver reads it.
"""

import importlib
import inspect
import json
import os
import sys
import time
from pathlib import Path

URL = os.environ.get("QUESTIONS_URL", "")
NOTES = Path(os.environ.get("QUESTIONS_NOTES", os.devnull))
WORK = 5  # seconds that a slow job works in its first run
GIVEN = {"None": None, "tuple": (1, 2), "dict": {"x": 1}}
LONGEST = 60  # characters of an argument in a note


def note(job: str, *got: object, **named: object) -> None:
    """Write that a job runs, with the arguments that reached it."""
    words = [*map(_short, got), *(f"{name}={_short(value)}" for name, value in named.items())]
    line = {"job": job, "call": f"{job}({', '.join(words)})"}
    line |= {"pid": os.getpid(), "at": time.monotonic()}
    with NOTES.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def broken() -> None:
    """Raise ValueError, until the driver has mended the task."""
    if not NOTES.with_name("mended").exists():
        raise ValueError("it is broken")


def seconds_left(job: str) -> float:
    """Return how long a slow job has to work: its first run WORK seconds, a later one 0."""
    runs = NOTES.read_text("utf-8").count(f'"job": "{job}"')
    return WORK if runs == 1 else 0


def main(engine: str, command: str, words: str = "[]") -> None:
    """Run one command of an engine's file and print what it returned as a line of JSON."""
    module = importlib.import_module(f"{__package__}.{engine}")
    if command == "worker":
        program = Path(sys.executable).with_name(module.WORKER[0])
        os.execv(program, [str(program), *module.WORKER[1:]])
    found = getattr(module, command)(*json.loads(words))
    if inspect.iscoroutine(found):
        import asyncio

        found = asyncio.run(found)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
