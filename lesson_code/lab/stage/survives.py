"""Does a chain survive? Every crash and every order of a project's own story, for its tests."""

import io
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from typing import Any

from lesson_code.lab.record import Fate, Fates, JobRecord, Run
from lesson_code.lab.stage.crashes import Progress, every_crash, in_silence
from lesson_code.lab.stage.effects import counting, effect_of, held_elsewhere
from lesson_code.lab.stage.futures import stage_for
from lesson_code.lab.stage.orders import every_order
from lesson_code.lab.stage.story import ArqStory, Outcome, Story, with_effects
from lesson_code.lab.stage.token import Choices

MOST_LINES = 40  # of a report
MOST_OF_MAP = 20  # of its lines, for the maps
WIDE = 200  # letters in a line
WORST = ("unharmed", "twice", "lost", "hangs")
BAD_ENDS = {"failed", "canceled", "stopped", "deleted", "complete, failed"}


class NothingToProve(ValueError):
    """The error for a story that enqueues no job."""


@dataclass(frozen=True)
class Survey:
    """The fates of all runs that were played: those with crashes, and those in other orders.

    The harms of a kind in `allowed` are no reason to fail.
    """

    name: str  # of the function that enqueues
    crashes: Fates
    orders: Fates
    warnings: tuple[str, ...]  # what could not be played, a sentence each
    allowed: frozenset[str] = frozenset()

    @property
    def fates(self) -> Fates:
        """Return the fates of all runs."""
        both = self.crashes, self.orders
        played = tuple(fate for one in both for fate in one.fates)
        return Fates(played, sum(one.possible for one in both), self.warnings)

    @property
    def harmful(self) -> list[Fate]:
        """Return the fates with a harm that is not allowed."""
        return [
            fate
            for fate in self.fates.fates
            if any(kind not in self.allowed for kind, _ in fate.harms)
        ]

    @property
    def worst(self) -> Fate:
        """Return the first harmful fate of the worst kind. Raises ValueError if there is none."""
        return min(self.harmful, key=lambda fate: -WORST.index(fate.kind))

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def verdict(self) -> str:
        """Return the result in one sentence."""
        if not (bad := self.harmful):
            return f"{self.name} survives all {len(self.fates.fates):,} runs"
        first = self.worst
        number = f"{len(bad):,} of {len(self.fates.fates):,} runs"
        return f"{self.name} does not survive {number}; the first ({first.token}): {_said(first)}"

    def lines(self, replay: str = "") -> list[str]:
        """Return the verdict, the maps, the warnings and how to `replay`: at most MOST_LINES."""
        head = [_short(self.verdict()), ""]
        maps = [line for one in (self.crashes, self.orders) if one.fates for line in _map(one)]
        told = [f"! {_short(one)}" for one in self.warnings]
        ends = ["", replay] if replay and self.harmful else []
        room = MOST_LINES - len(head) - len(ends)
        return [*head, *_cut([*_cut(maps, MOST_OF_MAP, "lines"), *told], room, "warnings"), *ends]


def assert_survives(
    story: Story | ArqStory,
    effects: Iterable[Callable[..., Any] | str] = (),
    crashes: int = 1,
    orders: int = 1,
    budget: int = 1000,
    allow: Collection[str] = (),
) -> Fates:
    """Assert that every run of the story ends as the run without a crash does.

    In each run at most so many workers crash (`crashes`), or go on out of turn (`orders`). At most
    `budget` runs of either kind are played. The calls of the functions in `effects` are counted: a
    crash may neither repeat nor lose one of them. `allow={"twice"}` is for effects that may happen
    again, such as a payment with an idempotency key.

    Returns the Fates of all runs; their `warnings` name what could not be played. Raises
    AssertionError with a sentence, the map, and the way to replay a run; NothingToProve if no job
    is enqueued; CannotCount for an effect that cannot be counted.
    """
    __tracebackhide__ = True  # pytest shows the test, and the message
    effects = [*effects]
    survey = survey_of(story, effects, crashes, orders, budget, allow)
    if survey.harmful:
        names = ", ".join(effect_in_code(one) for one in effects)
        given = f", effects=[{names}]" if effects else ""
        replay = f'Replay it: print(play(story, "{survey.worst.token}"{given}))'
        raise AssertionError("\n".join(survey.lines(replay)))
    return survey.fates


def survey_of(
    story: Story | ArqStory,
    effects: Iterable[Callable[..., Any] | str] = (),
    crashes: int = 1,
    orders: int = 1,
    budget: int = 1000,
    allow: Collection[str] = (),
    progress: Progress = in_silence,
) -> Survey:
    """Play every crash and every order, as `assert_survives` does. Return the Survey."""
    story = with_effects(story, effects)
    with in_silence_of_tasks(), counting(story.counts):
        names, plain = _plain_run(story)
        crashed = every_crash(story, crashes, budget, progress=progress) if crashes else NONE
        ordered = NONE
        if orders:
            workers = max(2, story.workers)
            ordered = every_order(story, workers, orders, budget, progress=progress)
    warnings = dict.fromkeys((*plain, *crashed.warnings, *ordered.warnings))
    played = [_with_names(one, names) for one in (crashed, ordered)]
    return Survey(_name(story), *played, tuple(warnings), frozenset(allow))


def survey_of_crashes(
    story: Story | ArqStory, crashes: Fates, allow: Collection[str] = ()
) -> Survey:
    """Return the Survey of crashes that were played elsewhere."""
    return Survey(_name(story), crashes, NONE, crashes.warnings, frozenset(allow))


NONE = Fates((), 0)


@contextmanager
def in_silence_of_tasks() -> Iterator[None]:
    """Drop what tasks print and log in here: they run hundreds of times."""
    level = logging.root.manager.disable
    logging.disable()
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(level)


def effect_in_code(effect: Callable[..., Any] | str) -> str:
    """Return the effect as code: "billing.charge"."""
    function = effect_of(effect)
    return f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"


def _plain_run(story: Story | ArqStory) -> tuple[dict[str, str], list[str]]:
    """Play the run without a crash.

    Return the names of its jobs, by id, and a sentence for each fact that weakens a proof.
    """
    run = stage_for(story, Choices())
    outcome = run.run()
    if not outcome.states:
        raise NothingToProve(f"{_name(story)} enqueues no job, so nothing could be lost")
    left = run.remains.now()
    called = {deed.call.partition("(")[0] for deed in run.director.journal}
    return left.names, [*_weaknesses(story, left, outcome, called)]


def _weaknesses(
    story: Story | ArqStory, left: Run, outcome: Outcome, called: set[str]
) -> Iterator[str]:
    for job in left.jobs:
        name = left.names[job.id]
        if job.state in BAD_ENDS:
            yield f"`{name}` ends {job.state} even without a crash{_why(job)}"
        if job.id in outcome.places:
            yield f"`{name}` {outcome.places[job.id]} even without a crash"
    for one in story.counts:
        if one.__qualname__ not in called:
            yield f"the effect `{one.__qualname__}` does not happen in the run without a crash"
    yield from held_elsewhere(story.counts)


def _with_names(fates: Fates, names: dict[str, str]) -> Fates:
    """Return the fates with names instead of ids that a library has made up."""
    if all(name == job for job, name in names.items()):
        return fates

    def named(words: str) -> str:
        for job, name in names.items():
            words = words.replace(job, name)
        return words

    def told(fate: Fate) -> Fate:
        steps = tuple(replace(step, job=named(step.job)) for step in fate.steps)
        harms = tuple((kind, named(what)) for kind, what in fate.harms)
        where, says = named(fate.where), named(fate.says)
        return replace(fate, steps=steps, says=says, harms=harms, where=where)

    return replace(fates, fates=tuple(map(told, fates.fates)))


def _why(job: JobRecord) -> str:
    return f": {job.error}" if job.error else ""


def _name(story: Story | ArqStory) -> str:
    return getattr(story.enqueue, "__name__", "the story")


def _said(fate: Fate) -> str:
    return fate.says.replace("`", "")


def _map(fates: Fates) -> list[str]:
    return [_short(line) for line in str(fates).splitlines()]


def _short(line: str) -> str:
    return line if len(line) <= WIDE else f"{line[: WIDE - 1]}…"


def _cut(lines: list[str], most: int, what: str) -> list[str]:
    """Return at most so many lines; the last says how many are left out."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"… and {len(lines) - most + 1:,} more {what}"]
