"""What an answer cannot do to the machine that it is checked on."""

import os
import sys
import threading

from lesson_code.exercises.exercise import FOLDER

MEMORY = 4 * 2**30  # bytes
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


def put_up(seconds: float, offline: bool) -> None:
    """From now on refuse new processes, signals to others, a look at the solutions and, if
    `offline`, each connection; end this process with its parent, or after that processor time.
    """

    def refuse(event: str, args: tuple) -> None:
        if event in STARTS_A_PROCESS:
            raise PermissionError("an answer starts no process of its own: workers run its jobs")
        if event == "os.kill" and args[0] != os.getpid():
            raise PermissionError("an answer ends no other process")
        if event == "open" and str(args[0]).startswith(str(FOLDER)):
            raise PermissionError("the solutions are not for reading: `solution(…)` shows them")
        if offline and event == "socket.connect":
            raise PermissionError(
                "an answer uses no connection but that of its queue (`queue.connection`) or pool"
            )

    _limit(seconds)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    sys.addaudithook(refuse)


def _limit(seconds: float) -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: there only the examiner counts
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 2, int(seconds) + 3))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _end_with_parent(parent: int) -> None:
    rest = threading.Event()
    while os.getppid() == parent:
        rest.wait(1)
    os._exit(1)
