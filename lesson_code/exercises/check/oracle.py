"""The oracle: a process that plays the solution of one exercise, each trial once.

It sees no answer. A judge asks it on a socket: a line of JSON is a trial, and the reply is a length
in 8 bytes and a pickled Outcome. The length is 0 if the judge has to play that trial itself.
"""

import json
import pickle
import select
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import cache

from lesson_code.exercises.check.scenes import Trial
from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.exercise import Scene

LENGTH = 8  # bytes
PATIENCE = 30  # seconds, after which the judge plays the solution itself

Play = Callable[[Trial], Outcome]


def serve(control: socket.socket, play: Play) -> None:
    """Answer the judges that connect over `control`, until it is closed and they are gone."""
    reply = cache(lambda line: _reply(line, play))
    judges: list[socket.socket] = []
    is_open = True
    while is_open or judges:
        ready, _, _ = select.select([*judges, *[control] * is_open], [], [])
        for judge in [one for one in judges if one in ready]:
            with suppress(BrokenPipeError, ConnectionResetError):  # the judge has ended meanwhile
                if line := _line(judge):
                    judge.sendall(reply(line))
                    continue
            judge.close()
            judges.remove(judge)
        if control in ready:
            byte, files, _, _ = socket.recv_fds(control, 1, 1)
            is_open = bool(byte)
            judges += [socket.socket(fileno=file) for file in files]


def _line(judge: socket.socket) -> bytes:
    """Return the next line; b"" at the end."""
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := judge.recv(1)):
            return b""
        line += byte
    return line


def _reply(line: bytes, play: Play) -> bytes:
    given = json.loads(line)
    trial = Trial(**{**given, "scene": Scene(**given["scene"])})
    try:
        pickled = pickle.dumps(play(trial))
    except Exception:  # the judge plays it, and reports the error
        pickled = b""
    return len(pickled).to_bytes(LENGTH) + pickled


class Oracle:
    """The oracle, as a judge asks it. With no connection, the judge plays the solution itself.

    `waiting()` is called each second while the judge waits for it.
    """

    def __init__(self, connection: socket.socket | None, waiting: Callable[[], None]):
        self.connection, self.waiting = connection, waiting
        self.asked: deque[Trial] = deque()
        self.known: dict[Trial, Outcome | None] = {}

    def begin(self, trial: Trial) -> None:
        """Ask the oracle to play this trial meanwhile."""
        if self.connection and trial not in self.known and trial not in self.asked:
            with suppress(OSError):  # it is gone: `outcome` notices
                self.connection.sendall(json.dumps(asdict(trial)).encode() + b"\n")
            self.asked.append(trial)

    def outcome(self, trial: Trial) -> Outcome | None:
        """Return the outcome of the solution in this trial; None if the judge has to play it."""
        self.begin(trial)
        while self.asked and trial not in self.known:
            self.known[self.asked.popleft()] = self._next()
        return self.known.get(trial)

    def _next(self) -> Outcome | None:
        try:
            length = int.from_bytes(self._read(LENGTH))
            return pickle.loads(self._read(length)) if length else None
        except (OSError, EOFError):
            self.connection = None
            return None

    def _read(self, count: int) -> bytes:
        """Read so many bytes. Raises EOFError or OSError if the oracle is gone or too slow."""
        read = b""
        while len(read) < count:
            self._wait()
            if not (more := self.connection.recv(count - len(read))):
                raise EOFError
            read += more
        return read

    def _wait(self) -> None:
        for _ in range(PATIENCE):
            if select.select([self.connection], [], [], 1)[0]:
                return
            self.waiting()
        raise TimeoutError
