"""The progress of a command that reads a large Redis."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lesson_code.lab.look.client import Progress

AFTER, EVERY = 1.0, 0.2  # seconds until the first line is shown, and until it is shown again
LINE = "\rReading: {:,} answers so far"
NO_LINE = "\r\x1b[K"


@contextmanager
def on_terminal() -> Iterator[Progress]:
    """Yield a function that shows on a terminal how much was read; in the end the line is gone."""
    terminal, read, shown = sys.stderr, 0, False
    due = time.monotonic() + AFTER

    def progress(commands: int) -> None:
        nonlocal read, shown, due
        read += commands
        if terminal.isatty() and (now := time.monotonic()) >= due:
            terminal.write(LINE.format(read))
            terminal.flush()
            shown, due = True, now + EVERY

    try:
        yield progress
    finally:
        if shown:
            terminal.write(NO_LINE)
            terminal.flush()
