"""The modes: what happens to a worker at a place, and what its life is after that."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tools.engines.lane import Lane
from tools.engines.processes import kill, send, session
from tools.engines.waiting import until, until_idle

GRACE = 5  # seconds that a worker gets after SIGTERM
START = 15  # seconds that a second worker may take until its first poll
SETTLE = 4  # seconds from then on until it is idle; one that asks for a held job never is

Strike = Callable[[Lane, str], bool]  # returns whether the worker's connections end there


@dataclass(frozen=True)
class Mode:
    """A mode: its words for a table, and its strike.

    `lives`: the seconds that the worker may go on; `is_told_to_end`: it has got SIGTERM.
    `then`: what comes later, "again" (the worker that recovers is killed, too) or "same" (a second
    worker lives on, and no fresh one starts). `sample`: how many places are played, drawn with a
    seed; None for all of them.
    """

    words: str
    strike: Strike
    lives: float = 0
    is_told_to_end: bool = False
    then: str = ""
    sample: int | None = None


def kill_all(lane: Lane, _variant: str) -> bool:
    kill(lane.worker)
    return True


def terminate(whole: bool = False, hold: float = 0) -> Strike:
    """Return a strike that sends SIGTERM; the send goes on `hold` seconds later."""

    def strike(lane: Lane, _variant: str) -> bool:
        send(signal.SIGTERM, session(lane.worker) if whole else [lane.worker])
        time.sleep(hold)
        return False

    return strike


def kill_children(lane: Lane, _variant: str) -> bool:
    """Kill all processes of the worker but its main one, if there are any."""
    children = [pid for pid in session(lane.worker) if pid != lane.worker]
    lane.nothing_there = not children
    send(signal.SIGKILL, children)
    return False


def kill_parent(lane: Lane, _variant: str) -> bool:
    """Kill the main process alone, if it has a child that stays."""
    lane.nothing_there = session(lane.worker) == [lane.worker]
    send(signal.SIGKILL, [] if lane.nothing_there else [lane.worker])
    return False


def relieve(lane: Lane, variant: str) -> bool:
    """Start a second worker, which is idle or takes over, and then kill the first."""
    first, watch = lane.worker, lane.start_beside(variant)
    until(lambda: watch.tally.armed, START)
    until_idle(watch, lane.engine.waits.quiet, SETTLE)
    kill(first)
    return True


def restart(lane: Lane, _variant: str) -> bool:
    lane.restart_server()
    return True


MODES = {
    "kill": Mode("kill -9 of the whole session", kill_all),
    "term": Mode("SIGTERM to the main process", terminate(), GRACE, True),
    "term-late": Mode("SIGTERM, the send goes on 0.15 s later", terminate(hold=0.15), GRACE, True),
    "term-all": Mode("SIGTERM to every process", terminate(whole=True), GRACE, True),
    "again": Mode("the recovering worker is killed, too", kill_all, then="again", sample=40),
    "child": Mode("kill -9 of the child only", kill_children, GRACE),
    "parent": Mode("kill -9 of its parent only", kill_parent, GRACE),
    "two": Mode("killed while a second worker lives", relieve, then="same", sample=12),
    "restart": Mode("the server stores its data and restarts", restart, GRACE, sample=12),
}
