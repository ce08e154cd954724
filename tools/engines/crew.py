"""Several lanes at once, each in a process of its own; they end with the process that has them."""

import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from lesson_code.lab.server.own import NoOwnServer
from tools.engines.ends import Seen
from tools.engines.engine import Engine, engine
from tools.engines.lane import Lane, TrialFailed
from tools.engines.lane_postgresql import lane_of
from tools.engines.order import Order, Outcome
from tools.engines.postgresql import NoPostgreSQL
from tools.engines.trial import Trial

_fresh = get_context("spawn")  # it inherits no pipe of another lane


class Crew:
    """Plays orders in so many lanes. Use it as a context manager: at its end nothing is left.

    Crews that share a `room` (see `room_for`) have not more first workers at a time than it allows.
    """

    def __init__(
        self,
        name: str,
        with_: tuple[str, ...],
        lanes: int,
        room: AbstractContextManager | None = None,
    ):
        self.engine: Engine = engine(name, with_)  # installed once, before the lanes need it
        self._name, self._with, self._lanes, self._room = name, with_, lanes, room

    def __enter__(self) -> "Crew":
        self._processes, self._pipes = [], []
        for _ in range(self._lanes):
            ours, theirs = _fresh.Pipe()
            lane = _fresh.Process(target=serve, args=(theirs, self._name, self._with, self._room))
            lane.start()
            theirs.close()
            self._processes.append(lane)
            self._pipes.append(ours)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind:
            self.stop()
        for pipe in self._pipes:
            pipe.close()
        for lane in self._processes:
            lane.join()

    def stop(self) -> None:
        """End all lanes in the midst of their trials, so that `play` raises TrialFailed."""
        for lane in self._processes:
            lane.terminate()

    def play(self, orders: Iterable[Order]) -> Iterator[Outcome]:
        """Yield the outcomes as they come, in no order. Raises TrialFailed if a lane has ended."""
        todo = deque(orders)
        idle, busy = list(self._pipes), set()
        while todo or busy:
            while todo and idle:
                pipe = idle.pop()
                pipe.send(todo.popleft())
                busy.add(pipe)
            for pipe in wait(busy):
                try:
                    outcome = pipe.recv()
                except (EOFError, ConnectionError):
                    raise TrialFailed(f"a lane of {self._name} has ended") from None
                busy.remove(pipe)
                idle.append(pipe)
                yield outcome


def room_for(number: int) -> AbstractContextManager:
    """Return a room for several crews, in which so many first workers live at a time."""
    return _fresh.BoundedSemaphore(number)


def serve(
    pipe: Connection, name: str, with_: tuple[str, ...], room: AbstractContextManager | None
) -> None:
    """Play the orders that come, until the pipe or this process is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended, building = False, False
    lane: Lane | None = None

    def end(*_: object) -> None:
        nonlocal ended
        ended = True
        if not building:
            sys.exit()

    signal.signal(signal.SIGTERM, end)
    try:
        while True:
            order = pipe.recv()
            if not lane:
                building = True  # to its end, since half a lane cannot be closed
                lane = lane_of(engine(name, with_), room)
                building = False
                if ended:
                    break
            try:
                outcome = played(lane, order)
            except (TrialFailed, NoOwnServer, NoPostgreSQL) as error:  # a restart needs its port
                outcome = Outcome(order, "", Seen("", {}), False, [], 0, trouble=str(error))
                lane.__exit__()
                lane = None
            pipe.send(outcome)
    except (EOFError, ConnectionError):
        pass  # no one waits for an outcome now
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if lane:
            lane.__exit__()


def played(lane: Lane, order: Order) -> Outcome:
    """Play an order in a lane whose server knows the scripts of the variant."""
    if order.variant not in lane.warm:
        Trial(lane, Order(order.variant)).play()
        lane.warm.add(order.variant)
    return Trial(lane, order).play()
