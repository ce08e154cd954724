"""Every order: at each place that matters somebody else may go on; what becomes of the jobs?"""

from collections import defaultdict
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from lesson_code.lab.record import Fate, Fates, Step
from lesson_code.lab.stage.deaths import HOUSEKEEPING, fate_of, stage_for
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.token import Choices

OWN = ("rq:", "arq:")  # keys of the libraries: their own races are looked for after the tasks'
GOLDEN = 0.6180339887498949  # multiples of it lie evenly between 0 and 1, however many there are


def every_order(
    story: Story | ArqStory,
    workers: int = 2,
    preemptions: int = 2,
    budget: int = 1000,
    deaths: int = 0,
) -> Fates:
    """Play all schedules in which the baton goes over at most `preemptions` times too early.

    Without it each goes on until it has to wait, and the next in turn follows. It goes over only
    before a step that touches a key which others touch, too, one of them writing; what the
    libraries note of their workers (HOUSEKEEPING) does not count. With `deaths`, up to so many
    workers die in each of these schedules, too, at any place. At most `budget` runs are played,
    those with the fewest choices first, then those about the tasks' own keys; the others evenly
    spread. `possible` is how many there are, as far as they can be known: what could follow in
    a run that was not played is not counted.
    """
    return Search(story, workers, preemptions, deaths).look(budget)


class Played(NamedTuple):
    """What is kept of a run: its choices, its steps, and who else could go on at each."""

    choices: Choices
    steps: list[Step]
    others: list[list[int]]


class Search:
    """Plays the runs that can be made of a story by one more choice, and again, and again."""

    def __init__(self, story: Story | ArqStory, workers: int, preemptions: int, deaths: int):
        self.story, self.preemptions, self.deaths = story, preemptions, deaths
        self.shared: set[str] = set()
        self.played: list[Played] = []
        self.known = {Choices(workers=workers if workers != story.workers else 0)}
        self.heap = [(0, False, 0.0, 0, choices) for choices in self.known]
        self.number = count(1)

    def look(self, budget: int) -> Fates:
        fates: list[tuple[Choices, Fate]] = []
        wanted = None
        while self.heap and len(fates) < budget:
            *_, choices = heappop(self.heap)
            run = stage_for(self.story, choices)
            outcome = run.run()
            self.played.append(Played(choices, run.director.steps, run.director.others))
            wanted = wanted or outcome
            fates.append((choices, fate_of(run, wanted, outcome)))
            more = shared_keys(run.director.steps) - self.shared
            self.shared |= more
            for one in self.played if more else self.played[-1:]:
                self._expect(one)
        fates.sort(key=lambda one: (one[0].number, one[0].switches, one[0].deaths))
        return Fates(tuple(fate for _, fate in fates), len(self.known))

    def _expect(self, run: Played) -> None:
        """Put on the heap what can follow from this run, and was not known."""
        for choices, at in self._further(run):
            if choices not in self.known:
                self.known.add(choices)
                late = all(key.startswith(OWN) for key in self.shared & {*run.steps[at].keys})
                number = next(self.number)
                where = (choices.number, late, number * GOLDEN % 1, number, choices)
                heappush(self.heap, where)

    def _further(self, run: Played) -> Iterator[tuple[Choices, int]]:
        """Yield the choices of this run and one more, and the step at which it is made."""
        deaths, switches = run.choices.deaths, run.choices.switches
        for at in range(run.choices.last + 1, len(run.steps)):
            if len(deaths) < self.deaths:
                yield run.choices.with_death(at), at
            if len(switches) < self.preemptions and self.shared & {*run.steps[at].keys}:
                for who in run.others[at]:
                    yield run.choices.with_switch(at, who), at


def shared_keys(steps: list[Step]) -> set[str]:
    """Return the keys that are touched for several jobs or by several workers, one writing."""
    touch, written = defaultdict(set), set()
    for step in steps:
        for key in step.keys:
            if not key.startswith(HOUSEKEEPING):
                touch[key].add((step.worker, step.job))
                if step.writes:
                    written.add(key)
    return {key for key, who in touch.items() if len(who) > 1 and key in written}
