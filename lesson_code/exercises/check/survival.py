"""Does an answer survive? It is played through every crash and every order, within a budget."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from lesson_code.exercises.check.answer import Answer
from lesson_code.exercises.check.trial_arq import arq_story
from lesson_code.exercises.check.trial_rq import rq_story
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab.record import Fate, Fates
from lesson_code.lab.stage.crashes import every_crash, told_fate
from lesson_code.lab.stage.orders import every_order
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.token import NoSuchRun
from lesson_code.lab.stage.verdict import RETURNED, RQS_OWN

CRASHES, ORDERS = 40, {"rq": 24, "arq": 100}  # runs of a check, at most
EFFECT, STARTED = "causes the effect ", "notes that the job has started"
ALL = 1_000  # runs: more than any level of the game has
WORKERS = {"rq": 2, "arq": 1}  # one ARQ worker's jobs meet, too


@dataclass(frozen=True)
class Survival:
    """The runs of one kind, "crash" or "order", in one scene."""

    kind: str
    scene: Scene
    fates: Fates  # a token that begins with "2/" is of the second scene of the exercise
    harmed: tuple[Fate, ...]  # those that break the exercise's promise


def told(looks: Iterable[Survival]) -> str:
    """Return "41 of 44 crashes and 45 of 45 orders of the workers' steps (812 are possible)"."""
    kinds: dict[str, list[Survival]] = {}
    for look in looks:
        kinds.setdefault(look.kind, []).append(look)
    return " and ".join(_told(kind, together) for kind, together in kinds.items())


def _told(kind: str, looks: list[Survival]) -> str:
    seen = sum(len(look.fates.fates) for look in looks)
    possible = sum(look.fates.possible for look in looks)
    more = f" ({possible:,} are possible)" if possible > seen else ""
    runs = {"crash": "crashes", "order": "orders of the workers' steps"}[kind]
    return f"{seen - sum(len(look.harmed) for look in looks):,} of {seen:,} {runs}{more}"


def survivals(answer: Answer, note: Callable[[str], None]) -> Iterator[Survival]:
    """Yield the results of the crashes and the orders that the exercise asks for.

    The scenes are: all is well, and each scene in which tasks fail; they share the budget. In
    another order no job may be lost or done twice; for a crash, the exercise says what is
    forbidden.
    """
    exercise = answer.exercise
    scenes = scenes_of(exercise)
    for kind in exercise.survives:
        for number, scene in enumerate(scenes):
            with story_of(answer, scene, note) as story:
                fates = _play(kind, story, exercise, len(scenes))
            tokens = [_token(number, one.token) for one in fates.fates]
            pairs = zip(fates.fates, tokens, strict=True)
            again = tuple(_told_again(fate, token, exercise, kind) for fate, token in pairs)
            harmed = tuple(one for one in again if forbidden(one, exercise, kind))
            yield Survival(kind, scene, replace(fates, fates=again), harmed)


def scenes_of(exercise: Exercise) -> list[Scene]:
    """Return the scenes for these runs: all is well, or tasks fail."""
    return [Scene(), *(one for one in exercise.scenes if one.fails and not one.dies)]


def _token(scene: int, run: str) -> str:
    return f"{scene}/{run}" if scene else run


def run_of(exercise: Exercise, token: str) -> tuple[Scene, str]:
    """Return the scene and the run in it that a token of a check names.

    Raises NoSuchRun if the exercise has no such scene; its story knows whether there is such a run.
    """
    scene, _, run = token.rpartition("/")
    scenes = scenes_of(exercise)
    if not (scene == "" or (scene.isdecimal() and int(scene) < len(scenes))):
        raise NoSuchRun("copy the token that the check shows")
    return scenes[int(scene or 0)], run


def story_of(
    answer: Answer, scene: Scene, note: Callable[[str], None]
) -> AbstractContextManager[Story | ArqStory]:
    """Return the answer's jobs as a story in this scene; `note` gets the progress in words."""
    return (rq_story if answer.exercise.engine == "rq" else arq_story)(answer, scene, note)


def _play(kind: str, story: Story | ArqStory, exercise: Exercise, share: int) -> Fates:
    if kind == "crash":
        budget = ALL if exercise.is_level else CRASHES // share
        return every_crash(story, budget=budget, only_changes=True, ends_first=True)
    workers = WORKERS[exercise.engine]
    if exercise.is_level:
        return every_order(story, workers, preemptions=1, budget=ALL)
    return every_order(story, workers, budget=ORDERS[exercise.engine] // share)


def never_of(exercise: Exercise, kind: str) -> set[str]:
    """Return the kinds of harm that are forbidden in runs of this kind, "crash" or "order"."""
    return {*exercise.never, "hangs"} if kind == "crash" else {"lost", "twice", "hangs"}


def forbidden(fate: Fate, exercise: Exercise, kind: str) -> list[tuple[str, str]]:
    """Return the forbidden faults of a run of this kind, without those that are RQ's own.

    A job's result counts only where the exercise asks for it. With "repeats" a crash may repeat
    only the last effect of a job, and once.
    """
    never = never_of(exercise, kind)
    repeats = "repeats" in never
    return [
        (harm, words)
        for harm, words in fate.harms
        if (harm in never or (harm == "twice" and repeats and repeats_too_much(fate, words)))
        and not words.endswith(RQS_OWN)
        and not ((returned := RETURNED.match(words)) and returned[1] not in exercise.returns)
    ]


def repeats_too_much(fate: Fate, words: str) -> bool:
    """Return whether the crash alone does not explain that "… happens twice".

    The effect was not the last one of its job before the crash, or it happened twice after the
    crash in a job that did not crash. But RQ may run the crashed job twice, and this one others.
    """
    effect, happens, _ = words.partition(" happens ")
    crash = max(fate.crashes, default=0)
    crashed = {step.job for step in fate.steps[max(crash - 1, 0) : crash + 1]}
    ran = [step for step in fate.steps[crash:] if step.says == STARTED and step.job in crashed]
    says = EFFECT + effect
    after = [step for step in fate.steps[crash:] if step.says == says and step.job not in crashed]
    last = {step.job: step.says for step in fate.steps[:crash] if step.says.startswith(EFFECT)}
    was_last = says in last.values() or all(step.says != says for step in fate.steps[:crash])
    return bool(happens) and ((len(after) > 1 >= len(ran)) or not was_last)


def _told_again(fate: Fate, token: str, exercise: Exercise, kind: str) -> Fate:
    """Return the fate with this token; it names the forbidden faults first."""
    wrongs = forbidden(fate, exercise, kind)
    wrong = sorted(fate.harms, key=lambda harm: harm not in wrongs)
    return told_fate(token, fate.steps, fate.crashes, fate.where, wrong)
