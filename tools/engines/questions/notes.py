"""What the jobs and the workers of a trial write down, and waiting for it."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 180  # seconds for one command, and for a job
POLL = 0.01  # seconds between two looks at the notes
QUIET = 5  # seconds without a new note, after which nothing more is expected
STOP = threading.Event()  # set: all trials end now


class Failed(Exception):
    """The error for a trial that shows nothing: a command failed, or a job did not run."""


class Notes:
    """The notes of the jobs in a folder, one a line, and the log of its workers."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.file = folder, folder / "notes"
        self.file.touch()
        self.file.chmod(0o666)

    def notes(self, job: str = "") -> list[dict]:
        """Return the notes of the jobs, or of one job, in their order."""
        lines = self.file.read_text("utf-8").splitlines()
        return [line for line in map(json.loads, lines) if job in ("", line["job"])]

    def wait(self, job: str, runs: int = 1, seconds: float = PATIENCE) -> dict:
        """Wait until a job has run that often, and return its note. Raises Failed."""
        if not self.until(lambda: len(self.notes(job)) >= runs, seconds):
            raise Failed(f"{job} did not run: {self.log()[-400:]}")
        return self.notes(job)[runs - 1]

    def until(self, true: Callable[[], object], seconds: float) -> bool:
        """Wait until `true()`, and return whether that happened within these seconds."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                return False
            if STOP.wait(POLL):
                raise Failed("it was stopped")
        return True

    def pass_time(self, seconds: float) -> None:
        """Let the engine go on for that long."""
        self.until(lambda: False, seconds)

    def mend(self) -> None:
        """From here on no task raises."""
        (self._folder / "mended").touch()

    def log(self) -> str:
        """Return what the workers have printed."""
        return (self._folder / "log").read_text("utf-8", errors="replace")

    def quiet(self, at_least: float = 0) -> None:
        """Wait for so long, and then until no job has written a note for some seconds."""
        self.pass_time(at_least)
        seen = -1
        while seen != (seen := len(self.notes())):
            self.pass_time(QUIET)

    def ran(self) -> dict:
        """Return how often B and C ran, and with which arguments C did."""
        calls = [one["call"] for one in self.notes("c")]
        return {"b": len(self.notes("b")), "c": len(calls), "c_calls": calls}
