"""The acts of a task outside of Redis, in words: the stage can neither play nor undo them."""

import inspect
import os
import sys
from typing import Any

from lesson_code.lab.stage.clock import THREAD_EVENT
from lesson_code.lab.stage.data import is_library
from lesson_code.lab.stage.own_names import is_own

STARTS = ("subprocess.", "os.fork", "os.system", "os.exec", "os.posix_spawn", "os.spawn")
THREAD = "starts a thread: its steps are no places of a crash, and no worker waits for its end"
PROCESS = "starts a process ({}): the stage plays none, and the process lives on after a crash"
NETWORK = "asks the network ({}): that is real, and it can answer differently in each run"
FILE = "writes {}: that is not undone after a run"
SQLITE = "opens the database {} of SQLite: what it writes is not undone after a run"
FILES = "changes files or the environment ({}): that is not undone after a run"


def outside_in_words(event: str, details: tuple) -> str:
    """Return "`tasks.pack` writes receipt.txt: …" for an event of Python's audit hooks."""
    return f"{_who()} {_what(event, details)}"


def _what(event: str, details: tuple) -> str:
    first = details[0] if details else ""
    if event == "open":
        return FILE.format(_file(first))
    if event == "sqlite3.connect":
        return SQLITE.format(_file(first))
    if event == THREAD_EVENT:
        return THREAD
    if event.startswith(STARTS):
        return PROCESS.format(_file(first) or event)
    if event.startswith("socket."):
        return NETWORK.format(_address(event, details))
    return FILES.format(event)


def _file(path: Any) -> str:
    """Return the name of a file or of a program, without its folder."""
    return os.path.basename(os.fsdecode(path)) if isinstance(path, str | bytes) else str(path or "")


def _address(event: str, details: tuple) -> str:
    host = details[:2] if event == "socket.getaddrinfo" else details[-1]
    return ":".join(map(str, host[:2])) if isinstance(host, tuple) else str(host)


def _who() -> str:
    """Return the innermost function that is of no library: "`mypackage.tasks.pack`"."""
    frame = inspect.currentframe()
    while frame:
        module = frame.f_globals.get("__name__", "")
        file = frame.f_code.co_filename
        ours = module.startswith("lesson_code.") and not is_library(module)
        if ours or (is_own(file) and module.partition(".")[0] not in sys.stdlib_module_names):
            return f"`{module}.{frame.f_code.co_qualname}`".replace(".<module>", "")
        frame = frame.f_back
    return "a library"
