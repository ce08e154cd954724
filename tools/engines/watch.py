"""What a proxy counts of one worker, and where it strikes."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tools.engines.sends import Tally


class Reader(Protocol):
    """Reads what a client writes on one connection."""

    def read(self, data: bytes) -> list[str]:
        """Return the commands that end in `data`, as text."""


@dataclass(eq=False)
class Link:
    """A client's connection, its connection to the server, and what reads its writes."""

    client: socket.socket
    server: socket.socket
    reader: Reader


@dataclass
class Watch:
    """What to count of one worker, and where to strike.

    `strike` returns whether the worker's connections end there; without, the send goes on.
    """

    tally: Tally = field(default_factory=Tally)
    at: int | None = None
    after: bool = False
    strike: Callable[[], bool] = bool
    effects: Path | None = None
    struck: float = 0.0  # when, by time.monotonic(); 0 if not yet
    striking: bool = False  # a strike takes its time
    last: float = field(default_factory=time.monotonic)  # the last sign of work
    waiting: Link | None = None  # its answer is the one to withhold

    def size(self) -> int:
        return self.effects.stat().st_size if self.effects and self.effects.exists() else 0
