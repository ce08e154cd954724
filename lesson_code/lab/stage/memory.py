"""Do tasks remember data outside of Redis? Only if not can a run start from a saved state."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from lesson_code.lab.engines.stacks import here
from lesson_code.lab.stage.clock import THREAD_EVENT
from lesson_code.lab.stage.data import CANNOT, data_of, is_library
from lesson_code.lab.stage.outside import outside_in_words

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
OUTSIDE = (
    *("os.", "shutil.", "subprocess.", THREAD_EVENT),
    *("sqlite3.connect", "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"),
)
ONLY_LOOKS = {"os.listdir", "os.scandir", "os.walk", "os.fwalk"}
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


class Memory:
    """Compares the data that tasks can reach with the data at their first call.

    `changed` is also true if those data cannot be read, and if a task has written a file, started
    a thread or a process, or opened a connection. `outside` has a sentence for each of these, and
    `remembers` has the names of tasks whose data have changed, `unread` of those whose data cannot
    be read.
    """

    def __init__(self) -> None:
        self.changed = False
        self.outside: dict[str, None] = {}  # serves as a set that keeps its order
        self.remembers: dict[str, None] = {}
        self.unread: dict[str, None] = {}
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
            now = {name: self._data_of(task) for name, task in self.tasks.items()}
            differ = [name for name in now if now[name] != self.first[name]]
            known = [path_of(self.tasks[name]) for name in differ if now[name]]
            self.remembers |= dict.fromkeys(known)
            self.changed = self.changed or bool(differ)
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
            self.unread[path_of(task)] = None
            return b""


def path_of(task: Callable) -> str:
    """Return "mypackage.tasks.charge"."""
    return f"{task.__module__}.{getattr(task, '__qualname__', type(task).__name__)}"


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
        for memory in [memory for memory, stacks in _listening if here() in stacks]:
            memory.changed = True
            memory.outside[outside_in_words(event, details)] = None


def _is_outside(event: str, details: tuple) -> bool:
    if event == "open":
        path, _, flags = details
        return bool(flags & WRITES) and "__pycache__" not in str(path)
    return event.startswith(OUTSIDE) and event not in ONLY_LOOKS
