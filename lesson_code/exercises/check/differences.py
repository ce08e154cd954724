"""The differences between an answer's outcome and the wanted one, in the words of the lesson."""

import reprlib
from collections import Counter
from collections.abc import Iterator

from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab import Run
from lesson_code.lab.stage.made_up import MADE
from lesson_code.lab.states import kind
from lesson_code.worlds.accidents import Deed

PLAIN = (str, int, float, bool, list, tuple, dict, set)
DELETED = (
    "keys in Redis are gone that belong to other programs: an answer deletes only what it has"
    " enqueued or written"
)
_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlist = 80


def differences(mine: Outcome, wanted: Outcome, exercise: Exercise, scene: Scene) -> list[str]:
    """Return a sentence for each relevant difference, the most important first."""
    found = [DELETED] if mine.deleted else [*_missing(mine, wanted, exercise)]
    if not found and mine.starved in exercise.jobs:
        found = [*_waits(mine, wanted, exercise), *_early(mine, wanted)]
    if not found:
        found = [*_ends(mine, wanted, exercise), *_done(mine, wanted, exercise)]
    if not found and scene.workers <= 1 and not mine.starved:  # else chance has a part in it
        found = [*_rests(mine, wanted, exercise)]
    if not found:
        found = [one for one in mine.ghosts if one not in wanted.ghosts]
    opening = scene.when + ": " if scene.when else ""
    return [opening + sentence for sentence in found]


def _missing(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    there = [job.id for job in mine.run.jobs]
    named = [f"`{name}`" for name in there if not MADE.fullmatch(name)]
    made_up = len(there) - len(named)
    told = [f"there {'is' if len(named) == 1 else 'are'}: {', '.join(named)}"] * bool(named)
    if made_up:
        ids = f"{made_up} job{' has an id' if made_up == 1 else 's have ids'}"
        told.append(f"{ids} that the library made up, because the answer gave none")
    for name in exercise.jobs:
        needless = {"never", "waits"} if exercise.leftovers else {"never"}
        if _kind(wanted.run, name) not in needless and name not in there:
            yield "; ".join([f"there is no job `{name}`", *told])


def _waits(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    if exercise.waits == "free":
        return
    late = mine.starved
    early, asked = _begun_before(mine), _begun_before(wanted)
    for name in exercise.jobs:
        if name in early and name not in asked and name in wanted.run.order:
            say = f"`{name}` does not wait for `{late}`: it started before `{late}` had ended"
            yield say + "; a delay is not a dependency" * (name in mine.delayed)
        if exercise.waits == "exact" and name in asked and name not in early:
            say = f"`{name}` waits for `{late}`, although it need not"
            yield say + ": they could run at the same time"


def _begun_before(one: Outcome) -> set[str]:
    """Return the jobs that had begun when the starved one began (all of them if it did not)."""
    begun = one.begun
    return set(begun[: begun.index(one.starved)] if one.starved in begun else begun)


def _early(mine: Outcome, wanted: Outcome) -> Iterator[str]:
    """Yield the actions before the start of the starved job that must not be there."""
    asked = {deed.call for deed in wanted.before}
    later = {deed.call for deed in wanted.journal} - asked
    for call in dict.fromkeys(deed.call for deed in mine.before):
        if call in later:
            late = mine.starved
            yield f"`{call}` was done before `{late}` had even started; it has to wait for it"


def _was_kept(mine: Outcome, name: str) -> str:
    """Return for how long a result was kept that the job has missed."""
    error = mine.run[name].error or ""
    lacking = [job for job in mine.kept if error.endswith(f"result of {job}: there is none")]
    told = [f"; the result of `{job}` was kept for {mine.kept[job]:,} s" for job in lacking]
    return "".join(told)


def _ends(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    """Yield the differences between the ends of the jobs."""
    for name in exercise.jobs:
        was, asked = _kind(mine.run, name), _kind(wanted.run, name)
        if {was, asked} == {"waits", "never"} and exercise.leftovers:
            continue
        if was != asked:
            yield _ended_otherwise(mine.run, name, was, asked) + _was_kept(mine, name)
        elif was == "done" and name in exercise.returns:
            got, right = mine.run[name].result, wanted.run[name].result
            if not _same(got, right):
                got, right = map(_short.repr, (got, right))
                yield f"`{name}` returned {got}; it should return {right}"
        elif was == "failed" and name in exercise.errors:
            got, right = _class(mine.run, name), _class(wanted.run, name)
            if got != right:
                yield f"`{name}` failed with {got}; it should fail with {right}"


def _class(run: Run, name: str) -> str:
    """Return the class of the error with which a job has failed."""
    return (run[name].error or "").partition(":")[0]


def _rests(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    """Yield the jobs whose first wait before another attempt is not the wanted one."""
    for name in exercise.rests:
        got, right = mine.rests.get(name), wanted.rests.get(name)
        if got != right and right is not None:
            waits = "does not wait" if not got else f"waits {got:g} s"
            yield f"`{name}` {waits} before its second attempt; it should wait {right:g} s"


def _kind(run: Run, name: str) -> str:
    return kind(run.states.get(name, "absent"))


def _ended_otherwise(run: Run, name: str, was: str, asked: str) -> str:
    if was == "waits":
        say = f"`{name}` is still {run[name].state.replace('_', ' ')}: "
        return say + ("it should not be left behind" if asked == "never" else "it never ran")
    if was == "never":
        return f"`{name}` did not run"
    error = run[name].error or ""
    if "<lambda>" in error or "<locals>" in error:
        error += "; a worker imports a function by its name, and this one has none"
    say = f"`{name}` ran" if was == "done" else f"`{name}` failed ({error})"
    if asked == "failed":
        return say + ", but it should have failed"
    return say + (", but it should not run" if asked in ("never", "waits") else "")


def _same(got: object, right: object) -> bool:
    """Return whether they are equal; a list may represent a tuple (ARQ, JSON), however deep."""
    if isinstance(got, list | tuple) and isinstance(right, list | tuple):
        return len(got) == len(right) and all(map(_same, got, right))
    if isinstance(got, dict) and isinstance(right, dict):
        return got.keys() == right.keys() and all(_same(got[key], right[key]) for key in got)
    return type(got) is type(right) and got == right


def _done(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    """Yield the differences between the tasks' actions, and between the returned values."""
    yield from _called(mine, wanted)
    counts = [*_counted(mine.journal, wanted.journal)]
    yield from (_in_words(*one, "done") for one in counts)
    if exercise.attempts:  # what has just been said is not said twice
        more = [one for one in _counted(mine.tried, wanted.tried) if one not in counts]
        yield from (_in_words(*one, "tried") for one in more)
    yield from _elsewhere(mine, wanted, exercise)
    done, right = [[deed.call for deed in one.journal] for one in (mine, wanted)]
    if exercise.in_order and Counter(done) == Counter(right) and done != right:
        order = ", ".join(done), ", ".join(right)
        yield "the tasks ran in the order {}; the right order is {}".format(*order)
    if isinstance(mine.value, str) and exercise.setting:
        yield from [mine.value] * (mine.value != wanted.value)  # a sentence of the setting
    elif isinstance(wanted.value, PLAIN) and not _same(mine.value, wanted.value):
        got, asked = map(_short.repr, (mine.value, wanted.value))
        yield f"`{exercise.id}` returned {got}; it should return {asked}"


def _called(mine: Outcome, wanted: Outcome) -> Iterator[str]:
    """Yield the tasks that were called where they should have been enqueued."""
    asked = {deed.call for deed in wanted.tried if not deed.job}
    for call in dict.fromkeys(deed.call for deed in mine.tried if not deed.job):
        if call not in asked:
            name = call.partition("(")[0]
            yield (
                f"`{call}` was done before any worker started. If you called it: pass `{name}`"
                " without brackets, and its arguments after it"
            )


def _elsewhere(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    """Yield the actions that happened in another job than the one that is named for them."""
    if not exercise.in_its_job:
        return
    where: dict[str, set[str]] = {}
    for deed in wanted.journal:
        where.setdefault(deed.call, set()).add(deed.job)
    for deed in dict.fromkeys(mine.journal):
        right = where.get(deed.call, set())
        if right and deed.job not in right and right <= set(exercise.jobs):
            there = " or ".join(f"`{name}`" for name in sorted(right))
            place = "another job" if MADE.fullmatch(deed.job) else f"`{deed.job}`"
            yield f"`{deed.call}` was done in {place}; it belongs to {there}"


def _counted(mine: tuple[Deed, ...], wanted: tuple[Deed, ...]) -> Iterator[tuple[str, int, int]]:
    """Yield each call with a wrong number: that number, and the right one."""
    was, asked = (Counter(deed.call for deed in deeds) for deeds in (mine, wanted))
    for call in dict.fromkeys([*asked, *was]):
        if was[call] != asked[call]:
            yield call, was[call], asked[call]


def _in_words(call: str, was: int, asked: int, verb: str) -> str:
    right = f"be {_times(asked, verb)}" if asked else "not be"
    return f"`{call}` was {_times(was, verb)}; it should {right}"


def _times(number: int, verb: str) -> str:
    words = {0: f"not {verb}", 1: f"{verb} once", 2: f"{verb} twice"}
    return words.get(number, f"{verb} {number} times")
