"""One variant of an engine in one mode: all its places, each struck, and what became of it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from tools.engines.crew import Crew
from tools.engines.kept import Found
from tools.engines.lane import TrialFailed
from tools.engines.modes import MODES
from tools.engines.order import Order, Outcome
from tools.engines.places import Place, drawn, label, places, same_plan
from tools.engines.sends import plan

TRIES = 4  # for a trial whose worker had sent something else than in the run without a strike
PASSES = 3  # runs of a place whose end can differ


class Study:
    """Plays a variant in a mode. `say` gets how many of how many trials are done."""

    def __init__(
        self, crew: Crew, variant: str, mode: str, say: Callable[[int, int], None] = lambda *_: None
    ):
        self.crew, self.variant, self.mode, self.say = crew, variant, mode, say
        self.troubles: list[str] = []
        self.second: dict[tuple[int, bool], list[str]] = defaultdict(list)
        self.missed = 0  # trials whose worker never came to the place, or had nothing to strike

    @property
    def passes(self) -> int:
        """How many times each place is played."""
        return PASSES if self.crew.engine.repeats(self.variant, self.mode) else 1

    def run(
        self, harmless: Iterable[str] = (), kept: dict[str, list[str]] | None = None
    ) -> list[Found]:
        """Return what was found at each place.

        `harmless` names the places to begin with in the mode "again". `kept` has the ends that are
        known, by the names of their places: a place with other ends is played again.
        Raises TrialFailed if the chain is not unharmed without a strike.
        """
        plain = self._plain()
        self.sends = [send for send, _ in plain.sends]
        every = places(plain.sends, plain.size)
        sample = MODES[self.mode].sample
        if MODES[self.mode].then == "again":
            found = self._pairs([one for one in every if one.name in set(harmless)], sample)
        else:
            found = [Found(one.name, one.at, one.after) for one in drawn(every, sample)]
        passes = self.passes
        self._play(found * passes, found)
        if kept:
            odd = [one for one in found if set(one.ends) != set(kept.get(one.name, one.ends))]
            self._play(odd * (PASSES - passes), odd)
        return [one for one in found if one.ends]

    def _plain(self) -> Outcome:
        for _ in range(TRIES):
            (outcome,) = self.crew.play([Order(self.variant)])
            if not outcome.trouble and outcome.end == "unharmed":
                return outcome
        what = outcome.trouble or f"the effects were {outcome.seen.recovered!r}"
        raise TrialFailed(f"{self.variant}, without a strike, {TRIES} times: {what}")

    def _play(self, wanted: list[Found], found: list[Found]) -> None:
        by_place = {(one.at, one.after, one.again): one for one in found}
        todo = [self._order(one.at, one.after, one.again) for one in wanted]
        tries: Counter[Order] = Counter()
        most = TRIES * len(todo) / max(1, len(found))
        done, total = 0, len(todo)
        while todo:
            again = []
            for outcome in self.crew.play(todo):
                order, drifted = outcome.order, self._drifted(outcome)
                tries[order] += 1
                if drifted and tries[order] < most:
                    again.append(order)
                    continue
                done += 1
                self.say(done, total)
                if outcome.trouble:
                    self.troubles.append(f"{order}: {outcome.trouble}")
                elif outcome.struck and not (order.again and (drifted or not outcome.struck_again)):
                    by_place[order.at, order.after, order.again].take(outcome)
                else:
                    self.missed += 1
            todo = again

    def _order(self, at: int, after: bool, again: int | None = None) -> Order:
        return Order(self.variant, self.mode, at, after, again)

    def _drifted(self, outcome: Outcome) -> bool:
        """Return whether a worker was somewhere else than planned: a poll, a thread, a delay."""
        order = outcome.order
        second = self.second[order.at, order.after]
        return bool(outcome.trouble) or not (
            _is_at(order.at, [send for send, _ in outcome.sends], self.sends)
            and (not order.again or _is_at(order.again, outcome.again, second))
        )

    def _pairs(self, harmless: list[Place], sample: int | None) -> list[Found]:
        """Return pairs of a harmless place and a send of the worker that then recovers.

        Of the harmless places only those count after which that worker sends something new; if
        there are none, all of them.
        """
        orders = [self._order(one.at, one.after, again=0) for one in harmless]
        for done, outcome in enumerate(self.crew.play(orders), start=1):
            self.say(done, len(orders))
            self.second[outcome.order.at, outcome.order.after] = outcome.again
        sent = self.second
        usual = set(map(plan, sent[1, False]))
        firsts = [one for one in harmless if set(map(plan, sent[one.at, one.after])) - usual]
        pairs = [
            Found(f"{one.name} ‖ {label(send)} #{k}", one.at, one.after, k)
            for one in firsts or harmless
            for k, send in enumerate(sent[one.at, one.after], start=1)
        ]
        return drawn(pairs, sample)


def _is_at(number: int, sends: list[str], planned: list[str]) -> bool:
    """Return whether the send of this number is there, and is the planned one."""
    return number <= min(len(sends), len(planned)) and same_plan(
        sends[number - 1], planned[number - 1]
    )
