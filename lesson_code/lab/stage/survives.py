"""Does a chain survive? Every crash and every order of a project's own story, for its tests."""

import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from lesson_code.lab.record import Fate, Fates, JobRecord, Run
from lesson_code.lab.stage.counted_calls import counting
from lesson_code.lab.stage.crashes import Progress, every_crash, in_silence
from lesson_code.lab.stage.effects import effect_of, held_elsewhere
from lesson_code.lab.stage.futures import stage_for
from lesson_code.lab.stage.orders import every_order
from lesson_code.lab.stage.stillness import in_silence_of_tasks
from lesson_code.lab.stage.story import ArqStory, Outcome, Story, with_effects
from lesson_code.lab.stage.survey import Survey
from lesson_code.lab.stage.token import Choices

FAILED = {"failed", "complete, failed"}
BAD_ENDS = {*FAILED, "canceled", "stopped"}
NONE = Fates((), 0)


class NothingToProve(ValueError):
    """The error for a story that enqueues no job, or whose jobs all fail without a crash."""


class NotPlayed(UserWarning):
    """The warning, for pytest's summary, of something that a passed test does not cover."""


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

    Returns the Fates of all runs; their `warnings` name what could not be played, and each is a
    warning of Python's, too. Raises AssertionError with a sentence, the map, and the way to replay
    a run; NothingToProve if no job is enqueued, or all fail without a crash; CannotCount for an
    effect that cannot be counted.
    """
    __tracebackhide__ = True  # pytest shows the test, and the message
    effects = [*effects]
    survey = survey_of(story, effects, crashes, orders, budget, allow)
    if survey.harmful:
        names = ", ".join(effect_in_code(one) for one in effects)
        given = f", effects=[{names}]" if effects else ""
        replay = f'Replay it: print(play(story, "{survey.worst.token}"{given}))'
        raise AssertionError("\n".join(survey.lines(replay)))
    for sentence in survey.warnings:
        warnings.warn(sentence, NotPlayed, stacklevel=2)
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
    told = dict.fromkeys((*plain, *crashed.warnings, *ordered.warnings))
    played = [_with_names(one, names) for one in (crashed, ordered)]
    return Survey(_name(story), *played, tuple(told), frozenset(allow))


def survey_of_crashes(
    story: Story | ArqStory, crashes: Fates, allow: Collection[str] = ()
) -> Survey:
    """Return the Survey of crashes that were played elsewhere."""
    return Survey(_name(story), crashes, NONE, crashes.warnings, frozenset(allow))


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
    if not outcome.states and not run.director.calls:
        raise NothingToProve(f"{_name(story)} enqueues no job, so nothing could be lost")
    left = run.remains.now()
    if left.jobs and all(job.state in FAILED for job in left.jobs):
        why = f"`{left.names[left.jobs[0].id]}`{_why(left.jobs[0])}"
        raise NothingToProve(f"all jobs of {_name(story)} fail even without a crash, as {why}")
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
