"""The oracles of a fork server: one for each of the exercises that were asked last."""

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from lesson_code.exercises.check import judge, oracle

MOST = 1  # a learner works at one exercise at a time; each costs 20 MB
Fork = Callable[[Callable[[], None], list[int]], int]


class Oracles:
    """Starts an oracle on the first request for its exercise, and drops the least recent one.

    `fork(become, not_its)` forks this process, returns the child's process id, and calls `become`
    in the child, which does not get those files.
    """

    def __init__(self, fork: Fork):
        self.fork = fork
        self.controls: dict[str, socket.socket] = {}  # exercise -> where its oracle takes judges
        self.pids: set[int] = set()  # of all that were not waited for yet

    def connect(self, exercise: str, not_its: list[int]) -> socket.socket:
        """Return a connection to the oracle of the exercise; an oracle does not get those files."""
        control = self.controls.pop(exercise, None)
        connection = control and self._connect(control)
        if not connection:  # there is none, or it was killed
            control = self._new(exercise, not_its)
            connection = self._connect(control)
        self.controls[exercise] = control  # now the most recent one
        while len(self.controls) > MOST:
            self.controls.pop(next(iter(self.controls))).close()  # it ends when its judges do
        return connection

    def close(self) -> None:
        """Ask no oracle from now on."""
        for control in self.controls.values():
            control.close()

    def _connect(self, control: socket.socket) -> socket.socket | None:
        ours, theirs = socket.socketpair()
        with theirs, suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(control, [b"?"], [theirs.fileno()])
            return ours
        ours.close()
        control.close()
        return None

    def _new(self, exercise: str, not_its: list[int]) -> socket.socket:
        ours, theirs = socket.socketpair()
        play = partial(judge.play_solution, exercise)
        with theirs:
            become = partial(oracle.serve, theirs, play)
            self.pids.add(self.fork(become, [ours.fileno(), *not_its]))
        return ours
