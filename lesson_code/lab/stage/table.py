"""The table of a game: before each milestone of a run the player chooses which worker goes on or
crashes.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from lesson_code.lab.engines.fake import Snapshot
from lesson_code.lab.record import Fate, Run, Step
from lesson_code.lab.stage.crashes import changed_something, fate_of, turn_in_words
from lesson_code.lab.stage.director import Call
from lesson_code.lab.stage.fair_turns import FairTurns
from lesson_code.lab.stage.futures import stage_for
from lesson_code.lab.stage.milestones import is_milestone, is_own, simply
from lesson_code.lab.stage.orders import shared_keys
from lesson_code.lab.stage.play_rq import RQPlay
from lesson_code.lab.stage.remains import Known, remains_of
from lesson_code.lab.stage.stage import Stage
from lesson_code.lab.stage.story import ArqStory, Outcome, Story
from lesson_code.lab.stage.token import Choices
from lesson_code.lab.stage.verdict import harms

Opened = Callable[[], AbstractContextManager[Story | ArqStory]]
FINE = "The run ended as it would have without your choices."
CRASHED = "a crashed worker's job"  # so say the steps of a worker that has noticed a crash
END = 1_000_000  # a step that exists in no run


@dataclass(frozen=True)
class Look:
    """The state before a step: the data in Redis, the known facts about the jobs, the time (s)."""

    redis: Snapshot
    known: Known
    passed: float


@dataclass(frozen=True)
class Seen:
    """A run with these choices, with the state before each step.

    It has the run's fate, the workers that could go on instead at each step, and the calls of
    tasks.
    """

    fate: Fate
    others: list[list[int]]
    calls: list[Call]
    story: Story | ArqStory
    looks: list[Look]
    at_the_end: Run

    def jobs(self, at: int) -> Run:
        """Return the jobs as they are before this step."""
        if at >= len(self.looks):
            return self.at_the_end
        look, stage = self.looks[at], Stage()
        with stage.open():
            stage.embedded.load(look.redis)
            stage.clock.passed = look.passed
            remains = remains_of(self.story, stage.behind)
            remains.know(look.known)
            return remains.now()

    def may_fail(self, at: int, chosen: tuple[int, ...]) -> bool:
        """Return whether the task of this step's job is still to end.

        Return False if the task is already `chosen` to fail.
        """
        step = self.fate.steps[at]
        ours = [one for one in self.calls if one.worker == step.worker]
        over = [one for one in ours if one.is_over_before(at)]
        ahead = ours[len(over) :]
        since = over[-1].ended if over else 0
        return bool(ahead) and ahead[0].job == step.job and not any(f >= since for f in chosen)


@dataclass(frozen=True)
class Move:
    """A possible move at a place: `key` is "" to go on, "w2", "d" to crash, or "f" to fail."""

    key: str
    words: str
    choices: Choices


class Table:
    """One game: `opened()` gives the story; so many workers may crash, and so many turns be
    changed.

    With `free`, any worker may crash or be held back, and any task may fail, without a limit. RQ's
    workers then take fair turns, so that each of them gets jobs.

    `at` is the step before which the next move is made. `moves()` are the possible ones: none when
    the run is over. At most `most_others` of them let another worker go first, unless a choice
    brings more workers. At the end, the fate of `now` has the faults of the run. Moves are made
    before milestones only, or, if `in_detail`, wherever the libraries' own steps matter, too.
    """

    in_detail = False

    def __init__(
        self,
        opened: Opened,
        crashes: int = 1,
        switches: int = 1,
        workers: int = 2,
        free: bool = False,
    ):
        self.opened, self.free = opened, free
        self.crashes, self.switches = (END, END) if free else (crashes, switches)
        self.plain_outcome: Outcome | None = None
        self.shared: set[str] = set()
        self.known: dict[Choices, Seen] = {}
        self.past: list[tuple[Choices, int]] = []
        self.choices = Choices(workers=workers)
        plain = self.seen(self.choices)
        self.shared = shared_keys([*plain.fate.steps])
        self.most_others = max(map(len, plain.others), default=0)
        self.at = self._next_stop(-1)

    @property
    def now(self) -> Seen:
        """Return the run as it goes on without further choices."""
        return self.seen(self.choices)

    @property
    def jobs(self) -> Run:
        """Return the jobs as they are now."""
        return self.now.jobs(self.at)

    @property
    def chosen(self) -> str:
        """Return the choices of this run in words, in their order; "" without any."""
        steps, choices = self.now.fate.steps, self.choices
        made = [(at, f"`{steps[at].job}` fails") for at in choices.fails]
        made += [
            (at, f"{steps[at].worker} crashes before it {_does(steps[at])}")
            for at in choices.crashes
        ]
        made += [(at, turn_in_words(steps, at)) for at, _ in choices.switches]
        return ", and ".join(words for _, words in sorted(made))

    @property
    def coming(self) -> str:
        """Return which worker is about to do what, and how much later; "" when the run is over."""
        if self.is_over:
            return ""
        looks, before = self.now.looks, self.past[-1][1] if self.past else self.at
        minutes = round((looks[self.at].passed - looks[before].passed) / 60)
        later = f"Next, {minutes} minute{'s' * (minutes > 1)} later" if minutes else "Next"
        if self.in_detail:
            return f"Step {self.at + 1}: {about(self.now.fate.steps[self.at])}."
        return self._with_names(f"{later}: {self._about_now()}.")

    def _about_now(self) -> str:
        """Return what a worker is about to do; of a crash that it has noticed, say whose it was."""
        fate = self.now.fate
        step = fate.steps[self.at]
        crashed = [at for at in fate.crashes if at < self.at and fate.steps[at].job == step.job]
        if CRASHED not in step.says or not crashed:
            return about(step)
        does = step.says.replace(CRASHED, f"`{step.job}`")
        return f"{step.worker} {does}, because {fate.steps[crashed[-1]].worker} has crashed"

    @property
    def workers(self) -> str:
        """Return the workers, if there are several or one has crashed; else ""."""
        fate, number = self.now.fate, self.choices.workers or self.now.story.workers
        steps = fate.steps[: self.at + 1]
        crashed = {steps[at].worker: _with_job(steps[at]) for at in fate.crashes if at < self.at}

        def told(names: Iterable[str]) -> str:
            return ", ".join(
                f"† {one} (crashed{crashed[one]})" if one in crashed else one for one in names
            )

        first = [f"worker-{n + 1}" for n in range(number)]
        later = dict.fromkeys(one.worker for one in steps if one.worker and one.worker not in first)
        if number == 1 and not later and not crashed:
            return ""
        return told(first) + (f"; started later: {told(later)}" if later else "")

    @property
    def told(self) -> list[str]:
        """Return a sentence about the choices, and one about the workers, if there are any."""
        told = {"Your choices": self.chosen, "Workers": self.workers}
        return [self._with_names(f"{what}: {words}.") for what, words in told.items() if words]

    def _with_names(self, words: str) -> str:
        """Return the words with the jobs' names in the picture in the place of made-up ids."""
        names = self.jobs.names
        return re.sub("`(.+?)`", lambda found: f"`{names.get(found[1], found[1])}`", words)

    @property
    def outcome(self) -> str:
        """Return how the run differs, at its end, from the run without choices, in a sentence."""
        wrong = "; ".join(what for _, what in self.now.fate.harms)
        return f"✗ Different from the run without your choices: {wrong}." if wrong else FINE

    @property
    def is_over(self) -> bool:
        return self.at == END

    @property
    def so_far(self) -> Fate:
        """Return the steps up to here; the fate is told only at the end."""
        fate = self.now.fate
        if self.is_over:
            return fate
        past = tuple(at for at in fate.crashes if at < self.at)
        return replace(
            fate,
            token="so far",
            kind="unharmed",
            says="",
            steps=fate.steps[: self.at],
            crashes=past,
        )

    def moves(self) -> list[Move]:
        """Return the possible moves; the first one is to go on without a choice."""
        return [] if self.is_over else [*self._moves()]

    def move(self, key: str) -> None:
        """Make the move. Raises ValueError for a move that is not possible."""
        move = next((one for one in self.moves() if one.key == key), None)
        if move is None:
            raise ValueError(f"there is no move {key!r} here")
        self._go(move.choices)

    def finish(self) -> None:
        """Play the run to its end without further choices; it is one move."""
        if not self.is_over:
            self.past.append((self.choices, self.at))
            self.at = END

    def back(self) -> None:
        """Take the last move back, if there is one."""
        if self.past:
            self.choices, self.at = self.past.pop()

    def undo(self) -> None:
        """Take the last choice back, and all moves after it; without a choice do nothing."""
        made = self.choices.number
        while self.choices.number == made > 0:
            self.back()

    def again(self) -> None:
        """Begin again."""
        if self.past:
            (self.choices, self.at), self.past = self.past[0], []

    def seen(self, choices: Choices) -> Seen:
        """Play the run with these choices."""
        if choices not in self.known:
            self.known[choices] = self._play(choices)
        return self.known[choices]

    def _play(self, choices: Choices) -> Seen:
        looks: list[Look] = []
        with self.opened() as story:
            run = stage_for(story, choices)
            director, stage = run.director, run.stage

            def look() -> None:
                looks.append(Look(stage.embedded.save(), run.remains.known(), stage.clock.passed))

            director.look = look
            turns = FairTurns(run) if self.free and isinstance(run, RQPlay) else None
            outcome = run.run()
            self.plain_outcome = self.plain_outcome or outcome
            fate = fate_of(choices, director.steps, harms(self.plain_outcome, outcome))
            if turns:
                switches = (*choices.switches, *turns.made)
                fate = replace(fate, token=replace(choices, switches=switches).token)
            left = run.remains.now()
            return Seen(fate, director.others, director.calls, story, looks, left)

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
                other = self.seen(choices).fate.steps[at]
                if other != step:
                    words = f"{other.worker} goes first"
                    if self.in_detail:
                        words = f"{_name(other)} goes first: {simply(other)}"
                    yield Move(f"w{who + 1}", words, choices)
        if self.free and self.now.may_fail(at, self.choices.fails):
            yield Move("f", self._with_names(f"`{step.job}` fails"), self.choices.with_failure(at))
        if len(self.choices.crashes) < self.crashes:
            yield Move("d", f"{step.worker} crashes here", self.choices.with_crash(at))

    def stops(self) -> Iterator[int]:
        """Yield each step of this run before which there is a choice."""
        at = self._next_stop(-1)
        while at != END:
            yield at
            at = self._next_stop(at)

    def _next_stop(self, at: int) -> int:
        """Return the next step before which there is a choice; END if there is none."""
        seen = self.seen(self.choices)
        steps, more_crashes = seen.fate.steps, len(self.choices.crashes) < self.crashes
        more_switches = len(self.choices.switches) < self.switches
        for number in range(at + 1, len(steps)):
            step, last = steps[number], steps[number - 1] if number else None
            if not step.job:
                continue
            meets = self.shared & {*step.keys} and seen.others[number]
            if more_switches and meets and (self.in_detail or is_own(step) or is_milestone(step)):
                return number
            if not self.in_detail:
                begins = is_milestone(step)
            else:
                begins = last is None or last.job != step.job or changed_something(last)
            if more_crashes and begins:
                return number
        return END


def about(step: Step) -> str:
    """Return what a worker is about to do: "worker-1 starts `pack`"."""
    return f"{step.worker} {_does(step)}"


def _does(step: Step) -> str:
    """Return what the worker does, with the job: "starts `pack`", "sends EXEC (`pack`)"."""
    words, job = simply(step), f"`{step.job}`"
    if not step.job:
        return words
    for general, exact in (("the job", job), ("the result", f"the result of {job}")):
        named = re.sub(rf"\b{general}\b", exact, words, count=1)
        if named != words:
            return named
    return f"{words} ({job})"


def _with_job(step: Step) -> str:
    return f" on `{step.job}`" if step.job else ""


def _name(step: Step) -> str:
    return f"{step.worker} (`{step.job}`)" if step.job else step.worker
