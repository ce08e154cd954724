"""Every death: the worker dies at each place of its run; what becomes of the jobs?"""

from dataclasses import replace

from lesson_code.lab.record import Fate, Fates, Run, Step
from lesson_code.lab.stage.play_arq import ArqPlay
from lesson_code.lab.stage.play_rq import RQPlay
from lesson_code.lab.stage.story import ArqStory, Outcome, Story
from lesson_code.lab.stage.token import PLAIN, Choices, choices_of
from lesson_code.lab.stage.verdict import verdict

Play = RQPlay | ArqPlay


def stage_for(story: Story | ArqStory, choices: Choices) -> Play:
    """Return the run of the story with these choices, ready to be played."""
    if choices.workers:
        story = replace(story, workers=choices.workers)
    return RQPlay(story, choices) if isinstance(story, Story) else ArqPlay(story, choices)


def play(story: Story | ArqStory, token: str = PLAIN) -> Fate:
    """Play the run that the token names. Raises ValueError if the story has no such run."""
    return fate_and_jobs(story, token, watch=False)[0]


def fate_and_jobs(
    story: Story | ArqStory, token: str, watch: bool = True
) -> tuple[Fate, list[Run]]:
    """Do what `play` does; return the jobs as they were after each step, too, if asked to."""
    choices, jobs = choices_of(token), []
    run = stage_for(story, choices)
    if watch:
        run.director.look = lambda: jobs.append(run.now())
    fate = fate_of(run, stage_for(story, Choices(workers=choices.workers)).run(), run.run())
    if choices.last >= len(fate.steps):
        raise ValueError(f"this story has no run {token!r}: it ends after {len(fate.steps)} steps")
    return fate, [*jobs[1:], run.now()] if watch else []


def every_death(story: Story | ArqStory, deaths: int = 1, budget: int = 1000) -> Fates:
    """Let a worker die at each place of the plain run; with `deaths=2`, another one later, too.

    Returns the Fates: at most `budget` of them, evenly spread, of as many as are `possible`.
    """
    plain = stage_for(story, Choices())
    wanted = plain.run()
    before, possible = [fate_of(plain, wanted, wanted)], 0
    for number in range(1, deaths + 1):
        following = [
            Choices((*fate.deaths, at))
            for fate in before
            for at in range((fate.deaths or (-1,))[-1] + 1, len(fate.steps))
        ]
        possible = len(following)
        chosen = spread(following, budget) if number == deaths else following
        before = []
        for choices in chosen:
            run = stage_for(story, choices)
            before.append(fate_of(run, wanted, run.run()))
    return Fates(tuple(before), possible)


def spread(all_of: list, budget: int) -> list:
    """Return at most so many of the list, evenly spread over it."""
    number = max(0, min(budget, len(all_of)))
    return [all_of[at * len(all_of) // number] for at in range(number)]


def fate_of(run: Play, plain: Outcome, outcome: Outcome) -> Fate:
    """Return what became of a run that was played, beside the outcome of the plain one."""
    kind, wrong = verdict(plain, outcome)
    choices, steps = run.director.choices, tuple(run.director.steps)
    happened = [at for at, _ in choices.switches if at < len(steps)]
    where = [(at, turn_in_words(steps, at)) for at in happened]
    where += [(at, death_in_words(steps, at)) for at in choices.deaths if at < len(steps)]
    places = ", and ".join(words for _, words in sorted(where))
    return Fate(
        choices.token, kind, steps, choices.deaths, ": ".join(filter(None, [places, wrong]))
    )


def death_in_words(steps: tuple[Step, ...], at: int) -> str:
    """Return "worker-1 dies after it ..., before it ...", with the job."""
    one = steps[at]
    last = [step for step in steps[:at] if step.worker == one.worker][-1:]
    after = [f"after it {_about(step, one.job)}" for step in last]
    return f"{one.worker} dies {', '.join([*after, f'before it {_about(one)}'])}"


def turn_in_words(steps: tuple[Step, ...], at: int) -> str:
    """Return "worker-2 goes on after worker-1 ...", with the jobs."""
    one, job = steps[at], f" with `{steps[at].job}`" if steps[at].job else ""
    if not at:
        return f"{one.worker} goes first"
    return f"{one.worker} goes on{job} after {steps[at - 1].worker} {_about(steps[at - 1])}"


def _about(step: Step, known: str = "") -> str:
    words = f"sends {step.command}" if step.says == step.command else step.says
    return f"{words} (`{step.job}`)" if step.job and step.job != known else words
