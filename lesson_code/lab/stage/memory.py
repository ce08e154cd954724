"""Do tasks remember data outside of Redis? Only if not can a run start from a saved state."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from lesson_code.lab.engines.stacks import here
from lesson_code.lab.stage.data import CANNOT, data_of, is_library

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
OUTSIDE = (
    *("os.", "shutil.", "subprocess.", "_thread.start_new_thread"),
    *("sqlite3.connect", "socket.connect", "socket.bind", "socket.sendto"),
)
ONLY_LOOKS = {"os.listdir", "os.scandir", "os.walk", "os.fwalk"}
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


class Memory:
    """Compares the data that tasks can reach with the data at their first call.

    `changed` is also true if those data cannot be read, and if a task has written a file, started
    a thread or a process, or opened a connection.
    """

    def __init__(self) -> None:
        self.changed = False
        self.tasks: dict[str, Callable] = {}
        self.first: dict[str, bytes] = {}  # the data of each task at its first call

    def meet(self, name: str, task: Callable) -> None:
        """Watch this task from now on; a later call may bring a new object of the same name."""
        self.tasks[name] = task
        if name not in self.first:
            self.first[name] = self._data_of(task)

    def meet_all(self, told: Any) -> None:
        """Watch each task with a dotted name in this text, list or dictionary."""
        if isinstance(told, str) and NAME.fullmatch(told):
            module, _, name = told.rpartition(".")
            self.meet_there(module, name)
        elif isinstance(told, dict):
            self.meet_all([*told, *told.values()])
        elif isinstance(told, list | tuple | set):
            for one in told:
                self.meet_all(one)

    def meet_there(self, module: str, name: str) -> None:
        """Watch the function or class of that name in a module, unless the module is a library."""
        if not is_library(module) and callable(
            found := getattr(sys.modules.get(module), name, None)
        ):
            self.meet(f"{module}.{name}", found)

    def look(self) -> bool:
        """Return whether all data are still the same."""
        if not self.changed:
            tasks = self.tasks.items()
            self.changed = any(self._data_of(task) != self.first[name] for name, task in tasks)
        return not self.changed

    @contextmanager
    def hears(self, stacks: set[int]) -> Iterator[None]:
        """Notice when code on one of these stacks reaches outside."""
        _listen()
        before = _listening[:]
        _listening.append((self, stacks))
        try:
            yield
        finally:
            _listening[:] = before

    def _data_of(self, task: Callable) -> bytes:
        try:
            return data_of(task)
        except CANNOT:
            self.changed = True
            return b""


_listening: list[tuple[Memory, set[int]]] = []


@lru_cache(maxsize=1)
def _listen() -> None:
    """Register the audit hook. Python offers no way to remove one, so this happens once."""
    sys.addaudithook(_heard)


def _heard(event: str, details: tuple) -> None:
    if not _listening:
        return
    if event == "pickle.find_class":
        for memory, _ in _listening:
            memory.meet_there(*details)
    elif _is_outside(event, details):
        for memory, stacks in _listening:
            memory.changed = memory.changed or here() in stacks


def _is_outside(event: str, details: tuple) -> bool:
    if event == "open":
        path, _, flags = details
        return bool(flags & WRITES) and "__pycache__" not in str(path)
    return event.startswith(OUTSIDE) and event not in ONLY_LOOKS
