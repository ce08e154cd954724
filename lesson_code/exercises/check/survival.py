"""Does an answer survive? It is played through every death and every order, within a budget."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from lesson_code.exercises.check.answer import Answer
from lesson_code.exercises.check.trial_arq import arq_story
from lesson_code.exercises.check.trial_rq import rq_story
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab.record import Fate, Fates
from lesson_code.lab.stage.deaths import every_death, told_fate
from lesson_code.lab.stage.orders import every_order
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.token import NoSuchRun
from lesson_code.lab.stage.verdict import RQS_OWN

DEATHS, ORDERS = 40, {"rq": 24, "arq": 100}  # runs of a check, at most
ALL = 1_000  # runs: more than any level of the game has
WORKERS = {"rq": 2, "arq": 1}  # jobs of one ARQ worker meet, too


@dataclass(frozen=True)
class Survival:
    """What came of the runs of one kind, "death" or "order", in one scene."""

    kind: str
    scene: Scene
    fates: Fates  # a token that begins with "2/" is of the second scene of the exercise
    harmed: tuple[Fate, ...]  # those that break the exercise's promise


def told(looks: Iterable[Survival]) -> str:
    """Return "41 of 44 deaths and 45 of 45 orders (of 812 that there are)"."""
    kinds: dict[str, list[Survival]] = {}
    for look in looks:
        kinds.setdefault(look.kind, []).append(look)
    return " and ".join(_told(kind, together) for kind, together in kinds.items())


def _told(kind: str, looks: list[Survival]) -> str:
    seen = sum(len(look.fates.fates) for look in looks)
    possible = sum(look.fates.possible for look in looks)
    more = f" (of {possible:,} that there are)" if possible > seen else ""
    return f"{seen - sum(len(look.harmed) for look in looks):,} of {seen:,} {kind}s{more}"


def survivals(answer: Answer, note: Callable[[str], None]) -> Iterator[Survival]:
    """Yield what comes of the deaths and the orders that the exercise asks for: when all is well,
    and in each scene in which tasks fail; these share the budget.

    In another order nothing may be lost or done twice; at a death that which the exercise says.
    """
    exercise = answer.exercise
    scenes = scenes_of(exercise)
    for kind in exercise.survives:
        never = never_of(exercise, kind)
        for number, scene in enumerate(scenes):
            with story_of(answer, scene, note) as story:
                fates = _play(kind, story, exercise, len(scenes))
            tokens = [_token(number, one.token) for one in fates.fates]
            pairs = zip(fates.fates, tokens, strict=True)
            again = tuple(_told_again(fate, token, never) for fate, token in pairs)
            harmed = tuple(one for one in again if forbidden(one, never))
            yield Survival(kind, scene, replace(fates, fates=again), harmed)


def scenes_of(exercise: Exercise) -> list[Scene]:
    """Return the scenes that are played so: all is well, or tasks fail."""
    return [Scene(), *(one for one in exercise.scenes if one.fails and not one.dies)]


def _token(scene: int, run: str) -> str:
    return f"{scene}/{run}" if scene else run


def run_of(exercise: Exercise, token: str) -> tuple[Scene, str]:
    """Return the scene and the run in it that a token of a check names.

    Raises NoSuchRun if the exercise has no such scene; whether there is such a run, its story
    knows.
    """
    scene, _, run = token.rpartition("/")
    scenes = scenes_of(exercise)
    if not (scene == "" or (scene.isdecimal() and int(scene) < len(scenes))):
        raise NoSuchRun("copy the token that the check shows")
    return scenes[int(scene or 0)], run


def story_of(
    answer: Answer, scene: Scene, note: Callable[[str], None]
) -> AbstractContextManager[Story | ArqStory]:
    """Return the answer's jobs as a story in this scene; `note` is told what is going on."""
    return (rq_story if answer.exercise.engine == "rq" else arq_story)(answer, scene, note)


def _play(kind: str, story: Story | ArqStory, exercise: Exercise, share: int) -> Fates:
    if kind == "death":
        budget = ALL if exercise.is_level else DEATHS // share
        return every_death(story, budget=budget, only_changes=True)
    workers = WORKERS[exercise.engine]
    if exercise.is_level:
        return every_order(story, workers, preemptions=1, budget=ALL)
    return every_order(story, workers, budget=ORDERS[exercise.engine] // share)


def never_of(exercise: Exercise, kind: str) -> set[str]:
    """Return what no run of this kind, "death" or "order", may do."""
    return {*exercise.never, "hangs"} if kind == "death" else {"lost", "twice", "hangs"}


def forbidden(fate: Fate, never: set[str]) -> list[tuple[str, str]]:
    """Return what is wrong with the run and may not be; RQ's own part in it is nobody's fault."""
    return [one for one in fate.harms if one[0] in never and not one[1].endswith(RQS_OWN)]


def _told_again(fate: Fate, token: str, never: set[str]) -> Fate:
    """Return the fate with this token; of what is wrong that is told first which may not be."""
    wrongs = forbidden(fate, never)
    wrong = sorted(fate.harms, key=lambda harm: harm not in wrongs)
    return told_fate(token, fate.steps, fate.deaths, fate.where, wrong)
