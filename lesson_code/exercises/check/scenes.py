"""All accidents that an answer is exposed to, one trial after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab.stage.cast import BACKWARDS
from lesson_code.worlds.accidents import ERRORS

ALL_IS_WELL = Scene()


@dataclass(frozen=True)
class Trial:
    """A scene, and the job that runs in it only when nothing else can ("" for none)."""

    scene: Scene = ALL_IS_WELL
    starved: str = ""
    retried: str = ""  # the trial is needed only if this call was retried in the trial before

    def __hash__(self) -> int:
        return hash((str(self.scene), self.starved))

    @property
    def needs_the_stage(self) -> bool:
        """Return whether its outcome varies where several workers do not take turns."""
        return bool(self.starved) or self.scene.workers > 1

    def tells(self, before: Sequence[Outcome]) -> bool:
        """Return whether it can show more than the trial before, whose outcomes these are."""
        tries = [[deed.call for deed in one.tried].count(self.retried) for one in before]
        return not self.retried or max(tries) > 1


def trials(exercise: Exercise, plain: Outcome) -> Iterator[Trial]:
    """Yield the trials of an answer; `plain` is the solution's outcome when all goes well.

    First all goes well. Then, once for each job, that job is run last. The exercise's own accidents
    follow, and the same ones with three workers; then other data; then a failure of each task. An
    exercise without jobs has only the trial of the answer itself.
    """
    yield Trial()
    if not exercise.jobs:
        return
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
        yield from failures(exercise, plain)


def impossible(scene: Scene, plain: Outcome, played: Outcome) -> Iterator[str]:
    """Yield the parts of an exercise's scene that can never happen, because no call has that name.

    `plain` and `played` are the solution's outcomes when all goes well, and in this scene.
    """
    calls = {deed.call for deed in plain.tried + played.tried}
    known = calls | {call.partition("(")[0] for call in calls}
    for what in [*scene.fails, *filter(None, [scene.dies])]:
        if what not in known:
            yield f"{what!r} is never called; there are: {', '.join(sorted(known))}"
    for errors in scene.fails.values():
        for error in [errors] if isinstance(errors, str) else errors:
            if error not in ERRORS:
                yield f"{error!r} is no error that can be played; there are: {', '.join(ERRORS)}"
    if scene.twice and scene.twice not in played.begun:
        yield f"no job {scene.twice!r} ever runs; there are: {', '.join(plain.run.states)}"


def failures(exercise: Exercise, plain: Outcome) -> Iterator[Trial]:
    """Yield trials in which one task fails, once and then always, but not those of the exercise."""
    known = {f"{what}:{fails}" for one in exercise.scenes for what, fails in one.fails.items()}
    first: dict[str, str] = {}
    for deed in plain.tried:
        first.setdefault(deed.call.partition("(")[0], deed.call)
    for name, call in first.items():
        once, always = {call: ["ServiceDown"]}, {name: "ServiceDown"}
        is_new = not {f"{name}:{once[call]}", f"{call}:{once[call]}"} & known
        is_new = is_new and exercise.attempts  # else an answer may try again or not
        if is_new:
            yield Trial(Scene(f"When `{call}` fails once", fails=once))
        if not {f"{name}:{always[name]}", f"{call}:{always[name]}"} & known:
            scene = Scene(f"When `{name}` fails always", fails=always)
            yield Trial(scene, retried=call if is_new else "")
