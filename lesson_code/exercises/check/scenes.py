"""All that is made to happen to an answer, one trial after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab.stage.cast import BACKWARDS

PLAIN = Scene()


@dataclass(frozen=True)
class Trial:
    """A scene, and the job that runs in it only when nothing else can ("" for none)."""

    scene: Scene = PLAIN
    starved: str = ""

    def __hash__(self) -> int:
        return hash((str(self.scene), self.starved))


def trials(exercise: Exercise, plain: Outcome) -> Iterator[Trial]:
    """Yield the trials of an answer; `plain` is what comes of the solution when all goes well.

    Nothing goes wrong, and then, once for each job, that job comes last; what the exercise says
    goes wrong; the same with three workers; the data are others; each task fails.
    """
    yield Trial()
    yield from (Trial(starved=name) for name in exercise.jobs)
    yield from (Trial(scene) for scene in exercise.scenes)
    yield Trial(Scene("With three workers", workers=3))
    for scene in exercise.scenes:
        if not scene.workers:
            yield Trial(replace(scene, when=f"{scene.when}, with three workers", workers=3))
        if exercise.in_order:
            yield Trial(replace(scene, workers=1), BACKWARDS)
    yield Trial(Scene("With other data", other_data=True))
    if exercise.each_fails:
        yield from map(Trial, failures(exercise, plain))


def failures(exercise: Exercise, plain: Outcome) -> Iterator[Scene]:
    """Yield scenes in which one task fails, once and then always; those the exercise has not."""
    known = {f"{what}:{fails}" for one in exercise.scenes for what, fails in one.fails.items()}
    first: dict[str, str] = {}
    for deed in plain.tried:
        first.setdefault(deed.call.partition("(")[0], deed.call)
    for name, call in first.items():
        for what, fails, often in (
            (call, ["ServiceDown"], "once"),
            (name, "ServiceDown", "always"),
        ):
            if not {f"{name}:{fails}", f"{call}:{fails}"} & known:
                yield Scene(f"When `{what}` fails {often}", fails={what: fails})
