"""A port for a server of our own."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from lesson_code.lab.server.own import NoOwnServer
from tools.engines.postgresql import NoPostgreSQL

T = TypeVar("T")
TRIES = 5


def free_port() -> int:
    """Return the number of a port of this machine that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def on_free_port(start: Callable[[int], T]) -> T:
    """Start a server with `start(port)`, and return what that returns.

    Any other process, and each connection, can take a free port before the server has it. So one
    that does not start is started again, on another port. Raises the last of its errors.
    """
    for _ in range(TRIES - 1):
        with suppress(NoOwnServer, NoPostgreSQL):
            return start(free_port())
    return start(free_port())
