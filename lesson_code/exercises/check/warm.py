"""Warm judges: a fork server for each seed of Python's hashes, started once and replaced in time.

This works on POSIX only. Elsewhere `fork` returns None, and each check starts a new process.
"""

import atexit
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, NamedTuple

from lesson_code.exercises.check.sources import sources

PROJECT = Path(__file__).parents[3]
PACKAGE = PROJECT / "lesson_code"
CAN_FORK = hasattr(os, "fork") and hasattr(socket, "send_fds") and sys.platform != "emscripten"
PATIENCE = 60.0  # seconds of silence after which a fork server is given up
NO_ORACLE = "-"  # instead of an exercise: the judge plays the solution itself
State = tuple  # the state that a fork server was started from

_servers: dict[str, "ForkServer"] = {}  # seed -> the server that new requests go to
_old: list["ForkServer"] = []  # they take no more requests, and end by themselves
_lock = threading.Lock()


class Fork(NamedTuple):
    """A forked judge: its process id, the socket on which it talks, and `told`."""

    pid: int
    talk: socket.socket
    told: socket.socket


class ForkServer:
    """A process that forks judges: see fork_server.py."""

    def __init__(self, environment: dict[str, str], state: State):
        self.seed = environment["PYTHONHASHSEED"]
        self.state, self.lock = state, threading.Lock()
        self.control, theirs = socket.socketpair()
        ours = {name: value for name, value in environment.items() if name != "REDIS_URL"}
        with theirs:
            numbers = [str(theirs.fileno()), str(os.getpid())]
            nothing = subprocess.DEVNULL
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lesson_code.exercises.check.fork_server", *numbers],
                env=ours,  # an oracle plays on the stage, whatever the environment is
                start_new_session=True,
                pass_fds=[theirs.fileno()],
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
            )

    def fork(self, exercise: str, errors: IO[bytes]) -> Fork | None:
        """Return a new judge that waits for its request; None if the server is gone."""
        talk, asked = socket.socketpair()
        told, tells = socket.socketpair()
        folder = os.open(".", os.O_RDONLY)
        try:
            with self.lock:
                with asked, tells:
                    files = [asked.fileno(), errors.fileno(), folder, tells.fileno()]
                    socket.send_fds(self.control, [exercise.encode()], files)
                told.settimeout(PATIENCE)  # it may still be importing
                pid = number_from(told)
                told.settimeout(None)
            if pid is not None:
                return Fork(pid, talk, told)
        except OSError:
            pass  # it is gone, or takes no more requests: the caller is told
        finally:
            os.close(folder)
        talk.close()
        told.close()
        return None

    def leave(self) -> None:
        """Ask the server for no more judges. It ends when all its forks have answered."""
        with self.lock:
            self.control.close()
        _old.append(self)

    def kill(self) -> None:
        """End the server and all its forks, and wait for it."""
        self.control.close()
        self.process.terminate()
        self.process.wait()


def start(environment: dict[str, str]) -> ForkServer | None:
    """Return the fork server for this environment; start one in the background if none fits."""
    if not CAN_FORK:
        return None
    with _lock:
        seed = environment["PYTHONHASHSEED"]
        state = (sources(PACKAGE), _of_python(environment))
        _old[:] = [one for one in _old if one.process.poll() is None]
        server = _servers.get(seed)
        if server and (server.state != state or server.process.poll() is not None):
            _servers.pop(seed).leave()
            server = None
        if not server:
            server = _servers[seed] = ForkServer(environment, state)
        return server


def fork(environment: dict[str, str], exercise: str, errors: IO[bytes]) -> Fork | None:
    """Return a new judge of the server for this environment; None where there can be none.

    The oracle of the exercise answers it, unless that is NO_ORACLE.
    """
    for _ in range(2):  # a server that was killed is noticed now at the latest
        if not (server := start(environment)):
            return None
        if forked := server.fork(exercise, errors):
            return forked
        with _lock:
            if _servers.get(server.seed) is server:
                _servers.pop(server.seed).leave()
    return None


def number_from(told: socket.socket) -> int | None:
    """Return the number on the next line; None at the end."""
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := told.recv(1)):
            return None
        line += byte
    return int(line)


def _of_python(environment: dict[str, str]) -> frozenset:
    """Return the settings that Python itself reads when it starts, except for the path.

    Each judge gets the path with its request.
    """
    names = environment.keys() - {"PYTHONPATH"}
    return frozenset((name, environment[name]) for name in names if name.startswith("PYTHON"))


def _forget() -> None:
    """Forget the servers in a fork of this process: they belong to its parent."""
    global _lock
    for one in [*_servers.values(), *_old]:
        one.control.close()
        one.process.returncode = 0  # it is no child of this process
    _servers.clear()
    _old.clear()
    _lock = threading.Lock()  # another thread may have held it


@atexit.register
def end() -> None:
    """End the servers, with all their forks."""
    for one in [*_servers.values(), *_old]:
        one.kill()
    _servers.clear()


if CAN_FORK:
    os.register_at_fork(after_in_child=_forget)
