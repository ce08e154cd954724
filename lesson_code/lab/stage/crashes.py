"""Every crash: the worker crashes at each place of its run; what happens to the jobs?"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lesson_code.lab.record import Fate, Fates, Run, Step
from lesson_code.lab.stage.branches import Seen
from lesson_code.lab.stage.counted_calls import counting
from lesson_code.lab.stage.futures import Futures, stage_for
from lesson_code.lab.stage.stillness import many_runs
from lesson_code.lab.stage.story import ArqStory, Story, with_effects
from lesson_code.lab.stage.token import PLAIN, Choices, NoSuchRun, choices_of
from lesson_code.lab.stage.verdict import harms

# Keys of the libraries' notes on their workers.
HOUSEKEEPING = ("rq:worker", "rq:clean_registries:", "rq:suspended", "arq:queue:health-check")

Progress = Callable[[int, int], None]


def in_silence(played: int, of: int) -> None:
    """Do nothing: the caller wants no news of the progress."""


def play(
    story: Story | ArqStory,
    token: str = PLAIN,
    effects: Iterable[Callable[..., Any] | str] = (),
) -> Fate:
    """Play the run that the token names; `effects` are functions whose calls are effects, too.

    Raises NoSuchRun, a ValueError, for a run that does not exist.
    """
    return fate_and_jobs(with_effects(story, effects), token, watch=False)[0]


def fate_and_jobs(
    story: Story | ArqStory, token: str, watch: bool = True
) -> tuple[Fate, list[Run]]:
    """Play the run as `play` does; if asked to, also return the jobs after each step."""
    choices, jobs = choices_of(token), []
    run = stage_for(story, choices)
    if watch:
        run.director.look = lambda: jobs.append(run.remains.now())
    plain = stage_for(story, Choices(workers=choices.workers)).run()
    outcome = run.run()
    fate = fate_of(choices, run.director.steps, harms(plain, outcome))
    if choices.last >= len(fate.steps):
        raise NoSuchRun(f"this story has no run {token!r}: it ends after {len(fate.steps)} steps")
    return fate, [*jobs[1:], run.remains.now()] if watch else []


def every_crash(
    story: Story | ArqStory,
    crashes: int = 1,
    budget: int = 1000,
    only_changes: bool = False,
    progress: Progress = in_silence,
    ends_first: bool = False,
) -> Fates:
    """Make a worker crash at each place of the plain run; with `crashes=2`, a later one, too.

    With `only_changes`, only the first of several places is played if nothing changed between them.
    Returns the Fates: at most `budget` of them, evenly spread, of as many as are `possible`. With
    `ends_first`, the budget is first spent on the places right after the end of a job, because
    there a library may still have to act on what it has just stored.
    `progress(played, of)` is called after each run, with the number of runs so far and in total.
    """
    with many_runs(), counting(story.counts):
        futures = Futures(story, watch=crashes > 0)
        before, possible = [futures.plain], 0
        for number in range(1, crashes + 1):
            where = changes if only_changes else places
            following = [
                (seen, at)
                for seen in before
                for at in where(seen.steps)
                if at > max(seen.choices.crashes, default=-1)
            ]
            possible = len(following)
            choose = _ends_first if ends_first else spread
            chosen = choose(following, budget) if number == crashes else following
            before = []
            for seen, at in chosen:
                before.append(futures.dies(seen, at, watch=number < crashes))
                progress(len(before), len(chosen))
    plain = futures.plain.outcome
    return Fates(
        tuple(fate_of(one.choices, one.steps, harms(plain, one.outcome)) for one in before),
        possible,
        futures.warnings(),
    )


def places(steps: tuple[Step, ...]) -> list[int]:
    """Return the numbers of all steps: a worker can crash before each."""
    return [*range(len(steps))]


def changes(steps: tuple[Step, ...]) -> list[int]:
    """Return the numbers of the first step, and of those right after a change.

    A change is an effect, or a write of more than a note on a worker.
    """
    return [at for at in places(steps) if not at or changed_something(steps[at - 1])]


def changed_something(step: Step) -> bool:
    """Return whether the step was an effect, or has written more than a note on a worker."""
    if not step.keys:
        return True
    return step.writes and not all(key.startswith(HOUSEKEEPING) for key in step.keys)


def _ends_first(following: list, budget: int) -> list:
    """Return at most so many (run, place): those right after the end of a job, then others."""
    ends = [number for number, one in enumerate(following) if _ends_a_job(*one)]
    others = sorted({*range(len(following))}.difference(ends))
    first = spread(ends, budget)
    return [following[number] for number in sorted(first + spread(others, budget - len(first)))]


def _ends_a_job(seen: Seen, at: int) -> bool:
    return bool(at) and seen.steps[at - 1].says.startswith("stores")


def spread(all_of: list, budget: int) -> list:
    """Return at most so many of the list, evenly spread over it."""
    number = max(0, min(budget, len(all_of)))
    return [all_of[at * len(all_of) // number] for at in range(number)]


def fate_of(choices: Choices, steps: Sequence[Step], wrong: Iterable[tuple[str, str]]) -> Fate:
    """Return the fate of a run with these choices and steps, and with these faults."""
    steps = tuple(steps)
    happened = [at for at, _ in choices.switches if at < len(steps)]
    where = [(at, turn_in_words(steps, at)) for at in happened]
    where += [(at, crash_in_words(steps, at)) for at in choices.crashes if at < len(steps)]
    where += [(at, stop_in_words(steps, at)) for at in choices.stops if at < len(steps)]
    where += [(at, failure_in_words(steps[at])) for at in choices.fails if at < len(steps)]
    words = ", and ".join(words for _, words in sorted(where))
    return told_fate(choices.token, steps, choices.crashes, words, wrong, choices.stops)


def told_fate(
    token: str,
    steps: tuple[Step, ...],
    crashes: tuple[int, ...],
    where: str,
    wrong: Iterable[tuple[str, str]],
    stops: tuple[int, ...] = (),
) -> Fate:
    """Return the Fate of a run with these faults; it names the first of them."""
    wrong = tuple(wrong)
    kind, what = wrong[0] if wrong else ("unharmed", "")
    says = ": ".join(filter(None, [where, what]))
    return Fate(token, kind, steps, crashes, says, wrong, where, stops)


def crash_in_words(steps: tuple[Step, ...], at: int) -> str:
    """Return "worker-1 crashes after it ..., before it ...", with the job."""
    return f"{steps[at].worker} crashes {_place_in_words(steps, at)}"


def stop_in_words(steps: tuple[Step, ...], at: int) -> str:
    """Return "worker-1 is told to stop (SIGTERM) after it ..., before it ...", with the job."""
    return f"{steps[at].worker} is told to stop (SIGTERM) {_place_in_words(steps, at)}"


def _place_in_words(steps: tuple[Step, ...], at: int) -> str:
    """Return "after it ..., before it ..."."""
    one = steps[at]
    last = [step for step in steps[:at] if step.worker == one.worker][-1:]
    after = [f"after it {_about(step, one.job)}" for step in last]
    return ", ".join([*after, f"before it {_about(one)}"])


def failure_in_words(step: Step) -> str:
    """Return "`charge` fails with worker-1"."""
    return f"`{step.job}` fails with {step.worker}"


def turn_in_words(steps: tuple[Step, ...], at: int) -> str:
    """Return "worker-2 goes on after worker-1 ...", with the jobs."""
    if not at:
        return f"{steps[at].worker} goes first"
    one, last = steps[at], steps[at - 1]
    if one.worker == last.worker and one.job and last.job:
        return f"`{one.job}` goes on after `{last.job}` {says_of(last)}"
    if one.worker == last.worker and last.job:
        return f"{one.worker} looks for more work after `{last.job}` {says_of(last)}"
    with_job = f" with `{one.job}`" if one.job else ""
    return f"{one.worker} goes on{with_job} after {last.worker} {_about(last)}"


def _about(step: Step, known: str = "") -> str:
    return f"{says_of(step)} (`{step.job}`)" if step.job and step.job != known else says_of(step)


def says_of(step: Step) -> str:
    """Return what a worker does with this step: "sends GET", "reads the job"."""
    return f"sends {step.command}" if step.says == step.command else step.says
