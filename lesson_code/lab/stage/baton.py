"""One baton: of several threads only its holder goes on, so chance does not order them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from unittest.mock import patch

from lesson_code.lab.engines.stacks import Gate, Stack, here
from lesson_code.lab.stage.clock import Clock

NEVER = float("inf")
STALL = 2.0  # seconds for which a player that is slow for once lets the others go first
Part = Callable[[], None]


class WaitsForEver(RuntimeError):
    """The error when all players wait, and nothing will ever end a wait."""

    def __init__(self) -> None:
        super().__init__("it waits for something that never happens")


def always() -> bool:
    return True


@dataclass(eq=False)
class Player:
    """A thread that takes turns: it may go on when `ready()`, or when the clock reaches `wakes`."""

    gate: Gate = field(default_factory=Gate)
    ready: Callable[[], bool] = always
    wakes: float = NEVER
    sleeps_until: float = NEVER  # the same, unless it is its limit that wakes it
    gone: bool = False
    slow: float = 0.0  # seconds for which it lets others go first, now and when they wake
    has_turn: bool = False
    limit: float = NEVER  # at this time, `too_late()` is raised in it
    too_late: Callable[[], BaseException] = TimeoutError
    threads: list[threading.Thread] = field(default_factory=list)  # its own; they take no turns
    starts: bool = False  # it is starting one of them at this moment

    def can_go_on(self) -> bool:
        """Return whether it can go on now, without a wait for the clock."""
        return not self.gone and self.ready()

    def waits_for_real(self) -> bool:
        """Return whether a thread without turns may end its wait."""
        return self.starts or any(thread.is_alive() for thread in self.threads)


class Baton:
    """Players take fair turns: a player that gives way goes on after all the others had theirs.

    Each has a stack of its own (engines/stacks.py), which waits while others go on.
    """

    def __init__(self, clock: Clock):
        self.clock = clock
        self.players: list[Player] = []
        self.errors: list[BaseException] = []
        self.by_stack: dict[int, Player] = {}
        self.stuck = False
        self.was_stuck = False  # a queue may have caught WaitsForEver as a task's own error

    def play(self, *parts: Part) -> None:
        """Run the parts in turns, each on a stack of its own, until all have ended.

        Raises the first error that a part has raised.
        """
        for stack in self.start(*parts):
            stack.join()
        if self.errors:
            raise self.errors[0]

    def start(self, *parts: Callable[[], None], names: Sequence[str] = ()) -> list[Stack]:
        """Start to run the parts, and return their stacks, which have these names."""
        self.players, self.errors = [Player() for _ in parts], []
        stacks = [
            Stack(partial(self._run, *pair), name)
            for pair, name in zip_longest(zip(self.players, parts, strict=True), names)
        ]
        for stack in stacks:
            stack.start()
        self._give(self.players[0])
        return stacks

    def give_way(self) -> None:
        """Give all other players that can go on a turn."""
        self.wait_until(always)

    def hand_to(self, number: int) -> None:
        """Hand the baton to that player; return when no other can go on, now or within STALL.

        If that player is asleep, time passes until it wakes, and all others are held back so long.
        """
        other = self.players[number]
        me = self.playing
        me.slow, other.slow = STALL, 0.0
        if not other.ready():
            self.clock.put_forward(other.sleeps_until - self.clock.passed)
        self._give(other)
        self._get(me)
        me.slow = 0.0

    def able(self) -> list[int]:
        """Return the numbers of the players who can go on now, or are only asleep."""

        def can(one: Player) -> bool:
            return one is self.playing or one.sleeps_until < NEVER or one.ready()

        return [at for at, one in enumerate(self.players) if not one.gone and can(one)]

    def here(self) -> int | None:
        """Return the number of the player that calls this; None outside of `play`."""
        player = self.playing
        return None if player is None else self.players.index(player)

    @property
    def playing(self) -> Player | None:
        """Return the player that calls this; None outside of `play`."""
        return self.by_stack.get(here())

    def sleep(self, seconds: float) -> None:
        """Sleep until that much time has passed on the clock; the others go on."""
        self.wait_until(lambda: False, seconds)

    def wait_until(self, ready: Callable[[], bool], timeout: float | None = None) -> bool:
        """Return True as soon as `ready()`, False when `timeout` seconds have passed on the clock.

        Raises WaitsForEver when no player can go on. Outside of `play` there is no other player.
        """
        wakes = NEVER if timeout is None else self.clock.passed + timeout
        if (player := self.playing) is None:
            if not (came := ready()):
                if timeout is None:
                    raise WaitsForEver
                self.clock.put_forward(timeout)
            return came
        player.ready, player.wakes = ready, min(wakes, player.limit)
        player.sleeps_until = wakes
        if (following := self._next(player)) is not player:
            self._give(following)
            self._get(player)
        player.ready, player.wakes, player.sleeps_until = always, NEVER, NEVER
        if self.stuck:
            self.stuck, self.was_stuck = False, True
            raise WaitsForEver
        if self.clock.passed >= player.limit:
            player.limit = NEVER
            raise player.too_late()
        return ready()

    def set_limit(
        self, seconds: float, too_late: Callable[[], BaseException] = TimeoutError
    ) -> None:
        """Raise `too_late()` in the caller's thread, once that much time has passed (NEVER: not at
        all).
        """
        player = self.playing
        player.limit, player.too_late = self.clock.passed + seconds, too_late

    def _give(self, player: Player) -> None:
        player.gate.release()

    def _get(self, player: Player) -> None:
        player.gate.acquire()

    def _run(self, player: Player, part: Part) -> None:
        self._get(player)
        self.by_stack[here()] = player
        self.clock.players.add(here())
        try:
            part()
        except BaseException as error:  # `play` raises it
            self.errors.append(error)
        finally:
            self.clock.players.discard(here())
            del self.by_stack[here()]
        player.gone = True
        if following := self._next(player):
            self._give(following)

    def _next(self, player: Player) -> Player | None:
        """Return the player that goes on: the next one that is ready, else the one that wakes
        first.
        """
        here = self.players.index(player) + 1
        waiting = [one for one in self.players[here:] + self.players[:here] if not one.gone]
        if not waiting:
            return None
        first = min(waiting, key=lambda one: one.wakes)
        seconds = first.wakes - self.clock.passed
        for one in sorted(waiting, key=lambda one: one.slow):
            if one.ready() and not 0 < seconds <= one.slow:
                return one
        if first.wakes == NEVER:
            self.stuck = True
        else:
            self.clock.put_forward(seconds)
            for one in waiting:
                one.slow = max(0.0, one.slow - seconds)
        return first

    @contextmanager
    def instead_of_waiting(self) -> Iterator[None]:
        """Make `Condition.wait`, which events, barriers and queues use, hand the baton on
        meanwhile.
        """
        baton, really_wait = self, threading.Condition.wait
        really_start = threading.Thread.start

        def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
            if (player := baton.playing) is None or player.waits_for_real():
                return really_wait(condition, timeout)
            told = Gate()
            condition._waiters.append(told)
            saved = condition._release_save()
            try:
                return baton.wait_until(lambda: not told.locked(), timeout)
            finally:
                condition._acquire_restore(saved)
                with suppress(ValueError):
                    condition._waiters.remove(told)

        def start(thread: threading.Thread) -> None:
            if (player := baton.playing) is None:
                return really_start(thread)
            player.threads.append(thread)
            player.starts = True
            try:
                really_start(thread)
            finally:
                player.starts = False

        with (
            patch.object(threading.Thread, "start", start),
            patch.object(threading.Condition, "wait", wait),
            patch.object(self.clock, "sleep", self.sleep),
        ):
            yield
