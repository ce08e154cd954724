"""A judge that has just started: forked from a warm process, or a new Python of its own."""

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import IO

import psutil

from lesson_code.exercises.check.warm import PROJECT, Fork, number_from


def environment_of(real: bool, seed: str) -> dict[str, str]:
    """Return the environment of a judge: this process's own, with this seed of Python's hashes."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])}
    environment["PYTHONHASHSEED"] = seed
    if not real:
        environment.pop("REDIS_URL", None)
    return environment


class Forked:
    """A judge that the fork server has forked."""

    def __init__(self, fork: Fork, environment: dict[str, str]):
        self.process = psutil.Process(fork.pid)  # it waits for its request, so it exists
        self.talk, self.told, self.environment = fork.talk, fork.told, environment
        self.lines: IO[bytes] = self.talk.makefile("rb")

    def send(self, asked: dict) -> None:
        """Send the judge its request. Raises BrokenPipeError if it has ended."""
        path = ["", str(PROJECT), *sys.path]
        request = {"asked": asked, "environment": self.environment, "path": path}
        self.talk.sendall(json.dumps(request).encode() + b"\n")

    def wait(self) -> int | None:
        """Wait until the judge has ended; return its exit code, None if the fork server is gone."""
        return number_from(self.told)

    def kill(self) -> None:
        """End the judge, and all processes that it has started."""
        _kill_children(self.process)
        with suppress(OSError):
            self.told.shutdown(socket.SHUT_WR)  # the fork server kills it

    def close(self) -> None:
        for one in (self.lines, self.talk, self.told):
            one.close()


class Started:
    """A judge in a Python of its own, which has to import everything first."""

    def __init__(self, environment: dict[str, str], errors: IO[bytes]):
        self.child = subprocess.Popen(
            [sys.executable, "-m", "lesson_code.exercises.check.judge"],
            env=environment,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        self.process = psutil.Process(self.child.pid)
        self.lines = self.child.stdout

    def send(self, asked: dict) -> None:
        """Send the judge its request. Raises BrokenPipeError if it has ended."""
        with self.child.stdin as request:
            request.write(json.dumps(asked).encode())

    def wait(self) -> int:
        """Wait until the judge has ended; return its exit code."""
        return self.child.wait()

    def kill(self) -> None:
        """End the judge, and all processes that it has started."""
        _kill_children(self.process)
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(self.child.pid, 9)
        self.child.kill()

    def close(self) -> None:
        self.lines.close()


Judge = Forked | Started


def _kill_children(process: psutil.Process) -> None:
    """End the processes that this one has started, in any session."""
    with suppress(psutil.Error):
        for one in process.children(recursive=True):
            with suppress(psutil.Error):
                one.kill()
