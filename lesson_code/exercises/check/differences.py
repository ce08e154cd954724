"""What differs between what an answer did and what was asked, in the words of the lesson."""

import reprlib
from collections import Counter
from collections.abc import Iterator

from lesson_code.exercises.check.trial_rq import Outcome
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab import Run
from lesson_code.lab.states import kind

PLAIN = (str, int, float, bool, list, tuple, dict, set)
_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlist = 80


def differences(mine: Outcome, wanted: Outcome, exercise: Exercise, scene: Scene) -> list[str]:
    """Return a sentence for each difference that the exercise asks for, the weightiest first."""
    found = [*_missing(mine, wanted, exercise)]
    if not found:
        if mine.starved:
            found = [*_waits(mine, wanted, exercise)]
        else:
            found = [*_ends(mine.run, wanted.run, exercise), *_done(mine, wanted, exercise)]
    opening = scene.when + ": " if scene.when else ""
    return [opening + sentence for sentence in found]


def _missing(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    there = [job.id for job in mine.run.jobs]
    names = ", ".join(f"`{name}`" for name in there if len(name) < 32)
    for name in exercise.jobs:
        needless = {"never", "waits"} if exercise.leftovers else {"never"}
        if _kind(wanted.run, name) not in needless and name not in there:
            yield f"there is no job `{name}`" + (f"; there are: {names}" if names else "")


def _waits(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    late = mine.starved
    early, asked = _started_before_end(mine.run, late), _started_before_end(wanted.run, late)
    for name in exercise.jobs:
        if name in early and name not in asked and name in wanted.run.order:
            yield f"`{name}` does not wait for `{late}`: it started before `{late}` had ended"
        if exercise.waits == "exact" and name in asked and name not in early:
            yield f"`{name}` waits for `{late}`, though it need not: they could run at once"


def _started_before_end(run: Run, late: str) -> set[str]:
    """Return the jobs that had started when `late` ended (all of them if it did not)."""
    started = set()
    for event in run.events:
        if event.job != late:
            started |= {event.job} if event.what == "started" else set()
        elif event.what != "started":
            break
    return started


def _ends(mine: Run, wanted: Run, exercise: Exercise) -> Iterator[str]:
    """Yield what differs in how the jobs have ended."""
    for name in exercise.jobs:
        was, asked = _kind(mine, name), _kind(wanted, name)
        if {was, asked} == {"waits", "never"} and exercise.leftovers:
            continue
        if was != asked:
            yield _ended_otherwise(mine, name, was, asked)
        elif was == "done" and not _same(mine[name].result, wanted[name].result):
            got, right = map(_short.repr, (mine[name].result, wanted[name].result))
            yield f"`{name}` returned {got}; it should return {right}"


def _kind(run: Run, name: str) -> str:
    return kind(run.states.get(name, "absent"))


def _ended_otherwise(run: Run, name: str, was: str, asked: str) -> str:
    if was == "waits":
        say = f"`{name}` is still {run[name].state.replace('_', ' ')}: "
        return say + ("it should not be left behind" if asked == "never" else "it never ran")
    if was == "never":
        return f"`{name}` did not run"
    say = f"`{name}` ran" if was == "done" else f"`{name}` failed ({run[name].error})"
    if asked == "failed":
        return say + ", but it should have failed"
    return say + (", but it should not run" if asked in ("never", "waits") else "")


def _same(got: object, right: object) -> bool:
    """Return whether they are equal, a tuple and a list with the same items too (ARQ, JSON)."""
    if isinstance(got, list | tuple) and isinstance(right, list | tuple):
        return len(got) == len(right) and all(map(_same, got, right))
    return type(got) is type(right) and got == right


def _done(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    """Yield what differs in what the tasks did, and in what the answer returned."""
    yield from _counted(mine.journal, wanted.journal, "done")
    if exercise.attempts:
        yield from _counted(mine.tried, wanted.tried, "tried")
    same = Counter(mine.journal) == Counter(wanted.journal)
    if exercise.in_order and same and mine.journal != wanted.journal:
        order = ", ".join(mine.journal), ", ".join(wanted.journal)
        yield "what was done came in the order {}; right is {}".format(*order)
    if isinstance(wanted.value, PLAIN) and not _same(mine.value, wanted.value):
        got, right = map(_short.repr, (mine.value, wanted.value))
        yield f"`{exercise.id}` returned {got}; it should return {right}"


def _counted(mine: tuple[str, ...], wanted: tuple[str, ...], verb: str) -> Iterator[str]:
    was, asked = Counter(mine), Counter(wanted)
    for call in dict.fromkeys([*wanted, *mine]):
        if was[call] != asked[call]:
            right = f"be {_times(asked[call], verb)}" if asked[call] else "not be"
            yield f"`{call}` was {_times(was[call], verb)}; it should {right}"


def _times(number: int, verb: str) -> str:
    words = {0: f"not {verb}", 1: f"{verb} once", 2: f"{verb} twice"}
    return words.get(number, f"{verb} {number} times")
