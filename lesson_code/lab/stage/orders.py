"""Every order: at each place that matters another worker may go on; what happens to the jobs?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from heapq import heappop, heappush
from itertools import count

from lesson_code.lab.record import Fate, Fates, Step
from lesson_code.lab.stage.branches import Seen
from lesson_code.lab.stage.counted_calls import counting
from lesson_code.lab.stage.crashes import HOUSEKEEPING, Progress, fate_of, in_silence
from lesson_code.lab.stage.futures import Futures
from lesson_code.lab.stage.stillness import many_runs
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.token import Choices
from lesson_code.lab.stage.verdict import harms

OWN = ("rq:", "arq:")  # the libraries' keys: their races are played after the tasks'
GOLDEN = 0.6180339887498949  # its multiples lie evenly between 0 and 1, for any number of them


def every_order(
    story: Story | ArqStory,
    workers: int = 2,
    preemptions: int = 2,
    budget: int = 1000,
    crashes: int = 0,
    progress: Progress = in_silence,
) -> Fates:
    """Play all schedules in which the baton goes over at most `preemptions` times too early.

    Without preemptions each worker goes on until it has to wait, and the next in turn follows. The
    baton goes over only before a step that touches a shared key: others touch it, too, and one of
    them writes it. The libraries' notes on their workers (HOUSEKEEPING) do not count. With
    `crashes`, up to so many workers crash in each of these schedules, too, at any place.

    At most `budget` runs are played: first those with the fewest choices, then those about the
    tasks' own keys; the others evenly spread. `possible` is how many there are, as far as this is
    known: runs that could follow from an unplayed run are not counted. `progress(played, of)` is
    called after each run, with the number of runs so far and in total, as far as this is known.
    """
    with many_runs(), counting(story.counts):
        return Search(story, workers, preemptions, crashes).look(budget, progress)


class Search:
    """Plays the runs that differ from a played run by one more choice, again and again."""

    def __init__(self, story: Story | ArqStory, workers: int, preemptions: int, crashes: int):
        self.preemptions, self.crashes = preemptions, crashes
        self.shared: set[str] = set()
        self.played: list[Seen] = []
        first = Choices(workers=workers if workers != story.workers else 0)
        self.futures = Futures(story, watch=crashes > 0, choices=first)
        self.known = {first}
        self.heap: list[tuple] = [(0, False, 0.0, 0, lambda: self.futures.plain)]
        self.number = count(1)

    def look(self, budget: int, progress: Progress = in_silence) -> Fates:
        """Play at most so many runs."""
        fates: list[tuple[Choices, Fate]] = []
        wanted = self.futures.plain.outcome
        while self.heap and len(fates) < budget:
            *_, play = heappop(self.heap)
            seen = play()
            self.played.append(seen)
            wrong = harms(wanted, seen.outcome)
            fates.append((seen.choices, fate_of(seen.choices, seen.steps, wrong)))
            more = shared_keys(seen.steps) - self.shared
            self.shared |= more
            for one in self.played if more else self.played[-1:]:
                self._expect(one)
            progress(len(fates), min(len(self.known), budget))
        fates.sort(key=lambda one: (one[0].number, one[0].switches, one[0].crashes))
        played = tuple(fate for _, fate in fates)
        return Fates(played, len(self.known), self.futures.warnings())

    def _expect(self, seen: Seen) -> None:
        """Put on the heap each new run that can follow from this one."""
        steps = seen.steps
        for choices, at in self._further(seen):
            if choices not in self.known:
                self.known.add(choices)
                late = all(key.startswith(OWN) for key in self.shared & {*steps[at].keys})
                number = next(self.number)
                play = partial(self._play, seen, choices, at)
                heappush(self.heap, (choices.number, late, number * GOLDEN % 1, number, play))

    def _play(self, seen: Seen, choices: Choices, at: int) -> Seen:
        """Play the run with these choices; the last of them is made at step `at` of another run."""
        watch = len(choices.crashes) < self.crashes
        if choices.crashes == seen.choices.crashes:
            return self.futures.whole(choices, watch)
        return self.futures.dies(seen, at, watch)

    def _further(self, seen: Seen) -> Iterator[tuple[Choices, int]]:
        """Yield the choices of this run and one more, and the step at which it is made."""
        steps, others, made = seen.steps, seen.others, seen.choices
        for at in range(made.last + 1, len(steps)):
            if len(made.crashes) < self.crashes:
                yield made.with_crash(at), at
            if len(made.switches) < self.preemptions and self.shared & {*steps[at].keys}:
                for who in others[at]:
                    yield made.with_switch(at, who), at


def shared_keys(steps: Iterable[Step]) -> set[str]:
    """Return the keys that are touched for several jobs or by several workers, one writing."""
    touch, written = defaultdict(set), set()
    for step in steps:
        for key in step.keys:
            if not key.startswith(HOUSEKEEPING):
                touch[key].add((step.worker, step.job))
                if step.writes:
                    written.add(key)
    return {key for key, who in touch.items() if len(who) > 1 and key in written}
