"""One trial: enqueue the chain, let a worker run, strike it, let the engine recover, look."""

import json
import time
from collections.abc import Callable

from tools.engines.ends import CHAIN, Seen, end_of
from tools.engines.lane import Lane
from tools.engines.modes import MODES, Mode
from tools.engines.order import Order, Outcome
from tools.engines.processes import session as alive
from tools.engines.waiting import SLOW, until, until_idle
from tools.engines.watch import Watch

PATIENCE = 25  # seconds for the first worker, from its start until it is idle
BESIDE = 3  # seconds in a round that a second worker gets, since it is not fresh
PROBE = 6  # seconds until the extra job must have run


class Trial:
    """A trial in a lane; `tell` gets what a person wants to see of it."""

    def __init__(self, lane: Lane, order: Order, tell: Callable[..., None] = lambda *_: None):
        self.lane, self.order, self.tell = lane, order, tell
        self.engine, self.chain, self.waits = lane.engine, lane.engine.chain, lane.engine.waits
        self.mode: Mode = MODES[order.mode]
        self.struck_again, self.again = False, []

    def play(self) -> Outcome:
        """Run the trial. Raises TrialFailed if a client fails."""
        lane, order = self.lane, self.order
        with lane.room:
            lane.clear()
            lane.ask("enqueue", order.variant)
            watch = self._first_life()
        sends, size, at_death = watch.tally.sends, watch.size(), lane.done()
        lives = self.mode.then == "same" and watch.struck
        if not lives:
            lane.end_worker()
        self.tell("effects", at_death)
        rounds = self._recover(bool(lives))
        recovered, left, probed, at_last = lane.done(), lane.left(), None, None
        if set(CHAIN) - set(recovered) or left:
            probed, at_last = self._probe()
        lane.end_worker()
        seen = Seen(recovered, left, probed, at_last)
        struck = bool(watch.struck) and not lane.nothing_there
        return Outcome(
            order, end_of(seen), seen, struck, sends, size, at_death,
            self.ended, self.again, self.struck_again, rounds,
        )  # fmt: skip

    def _watch(self, at: int | None, first: bool = True) -> Watch:
        return self.lane.proxy.begin(Watch(self.lane.tally(first), at, effects=self.lane.effects))

    def _first_life(self) -> Watch:
        """Start a worker, and return when it is idle, or after its death."""
        lane, order = self.lane, self.order
        watch = self._watch(None)
        watch.at, watch.after = order.at, order.after
        watch.strike = self._strike
        lane.start_worker(order.variant, 0)
        until_idle(watch, self.waits.first, PATIENCE, lambda: watch.struck)
        self.ended = None
        if watch.struck and self.mode.lives:
            calm = self.mode.lives if self.mode.is_told_to_end else max(self.waits.first, 1)
            until_idle(watch, calm, self.mode.lives, lambda: not alive(lane.worker), SLOW)
            if not alive(lane.worker):
                self.ended = round(time.monotonic() - watch.struck, 2)
        return watch

    def _strike(self) -> bool:
        while not self.lane.worker:  # it sends before its number is known here
            time.sleep(0.001)
        return self.mode.strike(self.lane, self.order.variant)

    def _state(self) -> tuple[str, str]:
        return self.lane.done(), json.dumps(self.lane.left(), sort_keys=True)

    def _recover(self, lives: bool) -> int:
        """Start fresh workers until nothing is left or nothing changes; return how many.

        The last of them lives on, for the extra job.
        """
        lane, waits = self.lane, self.waits
        needed = waits.same + (0 if self.order.again is None else 4)  # a lock may live longer
        same = 0
        for turn in range(1, waits.rounds + 1):
            lane.later()
            before = self._state()
            if not lives:
                lane.end_worker()
                self._fresh(turn)
            else:
                lane.beside.watch.last = time.monotonic()
                self._until_quiet(lane.beside.watch, max(waits.round, BESIDE))
            same = same + 1 if self._state() == before else 0
            self.tell(f"round {turn}", *self._state())
            dead = turn == 1 and self.struck_again
            if not dead and (not lane.left() or same >= needed):
                return turn
        return turn

    def _fresh(self, turn: int) -> None:
        """Start a fresh worker, and wait until it has done what it can."""
        killed = self.order.again is not None and turn == 1
        watch = self._watch(self.order.again if killed else None, first=not killed)
        watch.strike = self._strike
        self.lane.start_worker(self.order.variant, turn)
        self._until_quiet(watch, self.waits.round)
        if killed:
            self.again = [send for send, _ in watch.tally.sends]
            self.struck_again = bool(watch.struck)

    def _until_quiet(self, watch: Watch, seconds: float) -> None:
        def over() -> bool:
            calm = time.monotonic() - watch.last > self.waits.quiet
            return bool(watch.struck) or (watch.tally.armed and calm and not self.lane.left())

        until_idle(watch, seconds, self.waits.limit, over)

    def _probe(self) -> tuple[bool, str]:
        """Enqueue an extra job; return whether it ran, and the effects after that."""
        lane = self.lane
        lane.ask("probe", self.order.variant)
        ran = until(lambda: "p" in lane.done(), PROBE)
        until(lambda: set(CHAIN) <= set(lane.done()) and not lane.left(), self.waits.traffic)
        return ran, lane.done()
