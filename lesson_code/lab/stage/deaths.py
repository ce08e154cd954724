"""Every death: the worker dies at each place of its run; what becomes of the jobs?"""

from lesson_code.lab.record import Fate, Fates, Step
from lesson_code.lab.stage.play_arq import ArqPlay
from lesson_code.lab.stage.play_rq import RQPlay
from lesson_code.lab.stage.story import ArqStory, Outcome, Story
from lesson_code.lab.stage.token import Choices, choices_of
from lesson_code.lab.stage.verdict import verdict

Play = RQPlay | ArqPlay


def stage_for(story: Story | ArqStory, choices: Choices) -> Play:
    """Return the run of the story with these choices, ready to be played."""
    return RQPlay(story, choices) if isinstance(story, Story) else ArqPlay(story, choices)


def play(story: Story | ArqStory, token: str = "plain") -> Fate:
    """Play the run that the token names. Raises ValueError if the story has no such run."""
    plain = stage_for(story, Choices())
    wanted = plain.run()
    choices = choices_of(token)
    run = stage_for(story, choices)
    fate = fate_of(run, wanted, run.run())
    if choices.last >= len(fate.steps):
        raise ValueError(f"this story has no run {token!r}: it ends after {len(fate.steps)} steps")
    return fate


def every_death(story: Story | ArqStory, deaths: int = 1) -> Fates:
    """Let a worker die at each place, or two of them at each two (`deaths`). Return all Fates."""
    plain = stage_for(story, Choices())
    wanted = plain.run()
    before = [Fate("plain", "unharmed", tuple(plain.director.steps))]
    for _ in range(deaths):
        after = []
        for fate in before:
            first = fate.deaths[-1] + 1 if fate.deaths else 0
            for at in range(first, len(fate.steps)):
                run = stage_for(story, Choices((*fate.deaths, at)))
                after.append(fate_of(run, wanted, run.run()))
        before = after
    return Fates(tuple(before), len(before))


def fate_of(run: Play, plain: Outcome, outcome: Outcome) -> Fate:
    kind, wrong = verdict(plain, outcome)
    choices, steps = run.director.choices, tuple(run.director.steps)
    where = [place_in_words(steps, at) for at in choices.deaths if at < len(steps)]
    sentence = ": ".join([*filter(None, [", and ".join(where), wrong])])
    return Fate(choices.token, kind, steps, choices.deaths, sentence)


def place_in_words(steps: tuple[Step, ...], at: int) -> str:
    """Return "worker-1 dies after it ..., before it ..."."""
    one = steps[at]
    last = [step for step in steps[:at] if step.worker == one.worker][-1:]
    after = [f"after it {_about(last[0])}"] if last else []
    return f"{one.worker} dies " + ", ".join([*after, f"before it {_about(one)}"])


def _about(step: Step) -> str:
    return f"{step.says or step.command}" + (f" (`{step.job}`)" if step.job else "")
