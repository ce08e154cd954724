"""The guard: it keeps an answer from harming the machine."""

import os
import sys
import threading
from pathlib import Path

from lesson_code.exercises import exercise
from lesson_code.exercises.check.composed import refuse_composed

FOLDER = exercise.FOLDER.resolve()

MEMORY = 2**30  # bytes; a right answer needs a third
SECONDS = 600  # of processor time, for a process that is no longer watched
STARTS_A_PROCESS = {
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
    "subprocess.Popen",
}


def put_up(offline: bool) -> None:
    """Start to `refuse`; and end this process with its parent, or at its limits."""
    _limit()
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    refuse(offline)


def refuse(offline: bool) -> None:
    """Start to refuse new processes, signals to others, and a look at the solutions or the check.

    With `offline`, refuse each connection, too.
    """

    def look_at(event: str, args: tuple) -> None:
        if event in STARTS_A_PROCESS:
            raise PermissionError(
                "an answer must not start processes of its own: workers run its jobs"
            )
        if event == "os.kill" and args[0] != os.getpid():
            raise PermissionError("an answer ends no other process")
        if event == "open" and _is_inside(args[0], FOLDER):
            raise PermissionError("the solutions are not for reading: `solution(…)` shows them")
        if offline and event == "socket.connect":
            raise PermissionError(
                "an answer uses no connection but that of its queue (`queue.connection`) or pool"
            )

    sys.addaudithook(look_at)
    refuse_composed()


def _is_inside(path: object, folder: Path) -> bool:
    """Return whether a path, as `open` got it, leads into the folder; a number is no path."""
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    return os.path.realpath(os.fsdecode(path)).startswith(f"{folder}{os.sep}")


def _limit() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: only the examiner counts there
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _end_with_parent(parent: int) -> None:
    rest = threading.Event()
    while os.getppid() == parent:
        rest.wait(1)
    os._exit(1)
