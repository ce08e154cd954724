"""Every death: the worker dies at each place of its run; what becomes of the jobs?"""

from collections.abc import Iterable
from dataclasses import replace

from lesson_code.lab.record import Fate, Fates, Run, Step
from lesson_code.lab.stage.play_arq import ArqPlay
from lesson_code.lab.stage.play_rq import RQPlay
from lesson_code.lab.stage.story import ArqStory, Outcome, Story
from lesson_code.lab.stage.token import PLAIN, Choices, NoSuchRun, choices_of
from lesson_code.lab.stage.verdict import harms

Play = RQPlay | ArqPlay
# Keys of what the libraries note of their workers.
HOUSEKEEPING = ("rq:worker", "rq:clean_registries:", "rq:suspended", "arq:queue:health-check")


def stage_for(story: Story | ArqStory, choices: Choices) -> Play:
    """Return the run of the story with these choices, ready to be played."""
    if choices.workers:
        story = replace(story, workers=choices.workers)
    return RQPlay(story, choices) if isinstance(story, Story) else ArqPlay(story, choices)


def play(story: Story | ArqStory, token: str = PLAIN) -> Fate:
    """Play the run that the token names; NoSuchRun, a ValueError, if the story has none such."""
    return fate_and_jobs(story, token, watch=False)[0]


def fate_and_jobs(
    story: Story | ArqStory, token: str, watch: bool = True
) -> tuple[Fate, list[Run]]:
    """Do what `play` does; return the jobs as they were after each step, too, if asked to."""
    choices, jobs = choices_of(token), []
    run = stage_for(story, choices)
    if watch:
        run.director.look = lambda: jobs.append(run.remains.now())
    fate = fate_of(run, stage_for(story, Choices(workers=choices.workers)).run(), run.run())
    if choices.last >= len(fate.steps):
        raise NoSuchRun(f"this story has no run {token!r}: it ends after {len(fate.steps)} steps")
    return fate, [*jobs[1:], run.remains.now()] if watch else []


def every_death(
    story: Story | ArqStory, deaths: int = 1, budget: int = 1000, only_changes: bool = False
) -> Fates:
    """Let a worker die at each place of the plain run; with `deaths=2`, another one later, too.

    With `only_changes`, of places between which nothing has changed only the first is looked at.
    Returns the Fates: at most `budget` of them, evenly spread, of as many as are `possible`.
    """
    plain = stage_for(story, Choices())
    wanted = plain.run()
    before, possible = [fate_of(plain, wanted, wanted)], 0
    for number in range(1, deaths + 1):
        following = [
            Choices((*fate.deaths, at))
            for fate in before
            for at in (changes if only_changes else places)(fate.steps)
            if at > max(fate.deaths, default=-1)
        ]
        possible = len(following)
        chosen = spread(following, budget) if number == deaths else following
        before = []
        for choices in chosen:
            run = stage_for(story, choices)
            before.append(fate_of(run, wanted, run.run()))
    return Fates(tuple(before), possible)


def places(steps: tuple[Step, ...]) -> list[int]:
    """Return the numbers of all steps: a worker can die before each."""
    return [*range(len(steps))]


def changes(steps: tuple[Step, ...]) -> list[int]:
    """Return the numbers of the first step, and of those right after a change: an effect, or
    something written that is more than a note on a worker.
    """
    return [at for at in places(steps) if not at or changed_something(steps[at - 1])]


def changed_something(step: Step) -> bool:
    """Return whether it was an effect, or has written more than a note on a worker."""
    if not step.keys:
        return True
    return step.writes and not all(key.startswith(HOUSEKEEPING) for key in step.keys)


def spread(all_of: list, budget: int) -> list:
    """Return at most so many of the list, evenly spread over it."""
    number = max(0, min(budget, len(all_of)))
    return [all_of[at * len(all_of) // number] for at in range(number)]


def fate_of(run: Play, plain: Outcome, outcome: Outcome) -> Fate:
    """Return what became of a run that was played, beside the outcome of the plain one."""
    choices, steps = run.director.choices, tuple(run.director.steps)
    happened = [at for at, _ in choices.switches if at < len(steps)]
    where = [(at, turn_in_words(steps, at)) for at in happened]
    where += [(at, death_in_words(steps, at)) for at in choices.deaths if at < len(steps)]
    where += [(at, failure_in_words(steps[at])) for at in choices.fails if at < len(steps)]
    words = ", and ".join(words for _, words in sorted(where))
    return told_fate(choices.token, steps, choices.deaths, words, harms(plain, outcome))


def told_fate(
    token: str,
    steps: tuple[Step, ...],
    deaths: tuple[int, ...],
    where: str,
    wrong: Iterable[tuple[str, str]],
) -> Fate:
    """Return the Fate of a run in which this is wrong; the first of it is told."""
    wrong = tuple(wrong)
    kind, what = wrong[0] if wrong else ("unharmed", "")
    says = ": ".join(filter(None, [where, what]))
    return Fate(token, kind, steps, deaths, says, wrong, where)


def death_in_words(steps: tuple[Step, ...], at: int) -> str:
    """Return "worker-1 dies after it ..., before it ...", with the job."""
    one = steps[at]
    last = [step for step in steps[:at] if step.worker == one.worker][-1:]
    after = [f"after it {_about(step, one.job)}" for step in last]
    return f"{one.worker} dies {', '.join([*after, f'before it {_about(one)}'])}"


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
