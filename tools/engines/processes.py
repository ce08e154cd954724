"""The processes of a session: a worker leads one, so all that it starts is found and killed."""

import os
import signal


def session(sid: int) -> list[int]:
    """Return the numbers of the living processes of a session (from Linux's /proc)."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                state, _, _, of, *_ = file.read().rsplit(")", 1)[1].split()
        except OSError:  # it has ended in the meantime
            continue
        if int(of) == sid and state != "Z":
            found.append(int(name))
    return found


def send(what: signal.Signals, pids: list[int]) -> None:
    """Send a signal to these processes; one that has ended is passed over."""
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            continue


def kill(sid: int) -> None:
    """Send kill -9 to a whole session, its leader first, until none of it lives.

    Raises ValueError for 0 and 1, which are no session of a worker.
    """
    if sid < 2:
        raise ValueError(f"{sid} is no session of a worker")
    living = [sid]
    while living:
        send(signal.SIGKILL, living)
        living = session(sid)
