"""The fork server: it has imported the judge, has seen no answer, and forks once for each request.

python -m lesson_code.exercises.check.fork_server NUMBER PARENT

It serves the socket with that file number. A request is the name of an exercise ("-" if no oracle
is needed) with four files, see REQUEST. The server reports on the socket `told` which process
answers, "pid\n", and later how that process has ended, "exit code\n". When the other side closes
`told`, the process is killed. The server ends with the process PARENT, which started it.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import invalidate_caches

from lesson_code.exercises.check import judge
from lesson_code.exercises.check.oracles import Oracles
from lesson_code.exercises.check.warm import NO_ORACLE
from lesson_code.exercises.exercise import exercises

REQUEST = ("asked", "errors", "folder", "told")  # the purposes of the four files
LONGEST_NAME = 200  # bytes
CHECK_PARENT = 1.0  # seconds


def main() -> None:
    exercises()  # parsed once, here
    control, parent = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    gc.collect()
    gc.freeze()  # so no collection in a child copies these pages
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    Server(control, parent).serve()


class Server:
    """Forks for each request on `control`, and watches the forks until all have ended."""

    def __init__(self, control: socket.socket, parent: int):
        self.control, self.parent = control, parent
        self.awake, self.woken = socket.socketpair()  # a signal is a byte there
        for end in (self.awake, self.woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self.woken.fileno())
        self.judges: dict[int, socket.socket] = {}  # process id -> `told`
        self.oracles = Oracles(self._fork)
        self.open = True

    def serve(self) -> None:
        try:
            while (self.open or self.judges) and os.getppid() == self.parent:
                sources = [self.awake, *self.judges.values(), *[self.control] * self.open]
                ready, _, _ = select.select(sources, [], [], CHECK_PARENT)
                if self.awake in ready:
                    self.awake.recv(4096)
                    self._reap()
                for pid, told in [*self.judges.items()]:
                    if told in ready and not told.recv(1):
                        self._ended(pid, _kill(pid))
                if self.control in ready:
                    self._take_request()
        finally:
            for pid in [*self.judges, *self.oracles.pids]:
                _kill(pid)

    def _take_request(self) -> None:
        name, files, _, _ = socket.recv_fds(self.control, LONGEST_NAME, len(REQUEST))
        if not name:
            self.open = False  # the asker has closed its end
            return
        asked, errors, folder, told = files
        wanted = name.decode()
        connection = self.oracles.connect(wanted, files) if wanted != NO_ORACLE else None
        pid = self._fork(partial(_become_judge, asked, errors, folder, connection), [told])
        for file in (asked, errors, folder):
            os.close(file)
        if connection:
            connection.close()
        self.judges[pid] = socket.socket(fileno=told)
        _tell(self.judges[pid], pid)

    def _fork(self, become: Callable[[], None], not_its: list[int]) -> int:
        """Fork. The child calls `become`, without the server's sockets and those files."""
        if pid := os.fork():
            return pid
        try:
            signal.set_wakeup_fd(-1)
            for one in (self.control, self.awake, self.woken, *self.judges.values()):
                one.close()
            self.oracles.close()
            for file in not_its:
                os.close(file)
            os.setsid()
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            become()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)  # none of the server's own code goes on in the child

    def _reap(self) -> None:
        for pid in [*self.judges, *self.oracles.pids]:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # its own children, too
            self.oracles.pids.discard(pid)
            if pid in self.judges:
                self._ended(pid, os.waitstatus_to_exitcode(status))

    def _ended(self, pid: int, code: int) -> None:
        told = self.judges.pop(pid)
        _tell(told, code)
        told.close()


def _tell(told: socket.socket, number: int) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # the asker is gone
        told.sendall(b"%d\n" % number)


def _kill(pid: int) -> int:
    """Kill the process and its session; return its exit code."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _become_judge(asked: int, errors: int, folder: int, connection: socket.socket | None) -> None:
    """Become a process like `python -m lesson_code.exercises.check.judge`, on these files."""
    os.fchdir(folder)
    os.dup2(errors, 2)
    with open(asked, encoding="utf-8", closefd=False) as request:
        given = json.loads(request.readline())
    os.environ.clear()
    os.environ.update(given["environment"])
    time.tzset()
    sys.path[:] = given["path"]
    invalidate_caches()
    os.close(errors)
    os.close(folder)
    judge.serve(given["asked"], asked, connection)


if __name__ == "__main__":
    main()
