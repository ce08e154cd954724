"""The table of a game: at each place that matters somebody says who goes on, or who dies."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from lesson_code.lab.record import Fate, Run, Step
from lesson_code.lab.stage.deaths import changed_something, fate_of, says_of, stage_for
from lesson_code.lab.stage.director import Call
from lesson_code.lab.stage.orders import shared_keys
from lesson_code.lab.stage.story import ArqStory, Outcome, Story
from lesson_code.lab.stage.token import Choices

Opened = Callable[[], AbstractContextManager[Story | ArqStory]]
END = 1_000_000  # a step that no run has


@dataclass(frozen=True)
class Seen:
    """A run with these choices: its fate, who else could go on at each step, and the jobs as they
    are before one of its steps.
    """

    fate: Fate
    others: list[list[int]]
    jobs: Run
    calls: list[Call]

    def may_fail(self, at: int, chosen: tuple[int, ...]) -> bool:
        """Whether the task of the job that this step is about is still to end, and is not `chosen`
        to fail already.
        """
        step = self.fate.steps[at]
        ours = [one for one in self.calls if one.worker == step.worker]
        over = [one for one in ours if one.is_over_before(at)]
        ahead = ours[len(over) :]
        since = over[-1].ended if over else 0
        return bool(ahead) and ahead[0].job == step.job and not any(f >= since for f in chosen)


@dataclass(frozen=True)
class Move:
    """What may be done at a place: `key` is "" to go on, "w2", "d" to die, or "f" to fail."""

    key: str
    words: str
    choices: Choices


class Table:
    """One game: `opened()` gives the story; so many workers may die, and so many turns be changed.

    With `free`, any worker may die, any be held back, and any task fail, as often as one likes.

    `at` is the step before which the next move is made; `moves()` are those there are: none when
    the run has come to its end. The fate of `now` then says what is wrong with it.
    """

    def __init__(
        self,
        opened: Opened,
        deaths: int = 1,
        switches: int = 1,
        workers: int = 2,
        free: bool = False,
    ):
        self.opened, self.free = opened, free
        self.deaths, self.switches = (END, END) if free else (deaths, switches)
        self.plain_outcome: Outcome | None = None
        self.shared: set[str] = set()
        self.known: dict[tuple[Choices, int], Seen] = {}
        self.past: list[tuple[Choices, int]] = []
        self.choices = Choices(workers=workers)
        plain = self.seen(self.choices, END)
        self.shared = shared_keys([*plain.fate.steps])
        self.at = self._next_stop(-1)

    @property
    def now(self) -> Seen:
        """The run as it is so far, and will be if nothing more is chosen."""
        return self.seen(self.choices, self.at)

    @property
    def is_over(self) -> bool:
        return self.at == END

    @property
    def so_far(self) -> Fate:
        """The steps up to here; what comes of them is told at the end only."""
        fate = self.now.fate
        if self.is_over:
            return fate
        past = tuple(at for at in fate.deaths if at < self.at)
        return replace(
            fate, token="so far", kind="unharmed", says="", steps=fate.steps[: self.at], deaths=past
        )

    def moves(self) -> list[Move]:
        """Return what may be done now; what lets the run go on as it is comes first."""
        return [] if self.is_over else [*self._moves()]

    def move(self, key: str) -> None:
        """Do it. Raises ValueError for a move that there is not."""
        move = next((one for one in self.moves() if one.key == key), None)
        if move is None:
            raise ValueError(f"there is no move {key!r} here")
        self._go(move.choices)

    def finish(self) -> None:
        """Let the run go on as it is, to its end."""
        while not self.is_over:
            self._go(self.choices)

    def undo(self) -> None:
        """Take the last move back, if there is one."""
        if self.past:
            self.choices, self.at = self.past.pop()

    def again(self) -> None:
        """Begin anew."""
        if self.past:
            (self.choices, self.at), self.past = self.past[0], []

    def seen(self, choices: Choices, at: int) -> Seen:
        """Play the run with these choices; look at the jobs before the step `at`."""
        if (choices, at) not in self.known:
            self.known[choices, at] = self._play(choices, at)
        return self.known[choices, at]

    def _play(self, choices: Choices, at: int) -> Seen:
        jobs: list[Run] = []
        with self.opened() as story:
            run = stage_for(story, choices)
            director = run.director

            def look() -> None:
                if len(director.steps) == at:
                    jobs.append(run.remains.now())

            director.look = look
            outcome = run.run()
            self.plain_outcome = self.plain_outcome or outcome
            fate = fate_of(run, self.plain_outcome, outcome)
            left = jobs[0] if jobs else run.remains.now()
            return Seen(fate, director.others, left, director.calls)

    def _go(self, choices: Choices) -> None:
        self.past.append((self.choices, self.at))
        self.choices = choices
        self.at = self._next_stop(self.at)

    def _moves(self) -> Iterator[Move]:
        at, step = self.at, self.now.fate.steps[self.at]
        yield Move("", "go on", self.choices)
        if len(self.choices.switches) < self.switches and (self.free or self.shared & {*step.keys}):
            for who in self.now.others[at]:
                choices = self.choices.with_switch(at, who)
                other = self.seen(choices, at).fate.steps[at]
                if other != step:
                    yield Move(f"w{who + 1}", f"{_name(other)} first: {says_of(other)}", choices)
        if self.free and self.now.may_fail(at, self.choices.fails):
            yield Move("f", f"`{step.job}` fails", self.choices.with_failure(at))
        if len(self.choices.deaths) < self.deaths:
            yield Move("d", f"{step.worker} dies here", self.choices.with_death(at))

    def _next_stop(self, at: int) -> int:
        """Return the next step before which there is something to choose; END if there is none."""
        seen = self.seen(self.choices, END)
        steps, more_deaths = seen.fate.steps, len(self.choices.deaths) < self.deaths
        more_switches = len(self.choices.switches) < self.switches
        for number in range(at + 1, len(steps)):
            step, last = steps[number], steps[number - 1] if number else None
            if not step.job:
                continue
            if more_switches and self.shared & {*step.keys} and seen.others[number]:
                return number
            if more_deaths and (last is None or last.job != step.job or changed_something(last)):
                return number
        return END


def about(step: Step) -> str:
    """Return what a worker is about to do: "worker-1 (`pack`) reads the job"."""
    return f"{_name(step)} {says_of(step)}"


def _name(step: Step) -> str:
    return f"{step.worker} (`{step.job}`)" if step.job else step.worker
