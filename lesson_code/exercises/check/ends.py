"""The ends of an answer's jobs, compared with those of the solution."""

from asyncio import CancelledError
from collections.abc import Iterator

from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.check.values import both_shortly, same
from lesson_code.exercises.exercise import Exercise
from lesson_code.lab import Run
from lesson_code.lab.states import kind, look
from lesson_code.with_rq.fallbacks import gave_up

GONE = {"absent", "missing", "not_found"}


def of_ends(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    """Yield the differences between the ends of the jobs."""
    for name in exercise.jobs:
        was, asked = kind_of(mine.run, name), asked_of(wanted, name)
        if {was, asked} == {"waits", "never"} and exercise.leftovers:
            continue
        if _was_aborted(wanted, name) and was == "failed" and name not in mine.begun:
            continue
        if {was, asked} == {"done", "failed"} and (_gave_up(mine, name) or _gave_up(wanted, name)):
            continue
        if (was, asked) == ("failed", "never") and name not in mine.begun:
            yield f"`{name}` is still failed: it should not be left behind"
        elif was != asked:
            yield _ended_otherwise(mine.run, name, was, asked) + _was_kept(mine, name)
        elif name in exercise.states and mine.run.states.get(name) != wanted.run.states.get(name):
            got, right = (look(one.run.states.get(name, "absent")).word for one in (mine, wanted))
            yield f"`{name}` is {got}; it should be {right}"
        elif was == "done" and name in exercise.returns:
            got, right = mine.run[name].result, wanted.run[name].result
            if not same(got, right):
                got, right = both_shortly(got, right)
                yield f"`{name}` returned {got}; it should return {right}"
        elif was == "failed" and name in exercise.errors:
            got, right = _class(mine.run, name), _class(wanted.run, name)
            if got != right:
                yield f"`{name}` failed with {got or 'no error'}; it should fail with {right}"


def kind_of(run: Run, name: str) -> str:
    """Return the kind of state in which a job is at the end; that of an absent one is "never"."""
    return kind(run.states.get(name, "absent"))


def asked_of(wanted: Outcome, name: str) -> str:
    """Return the kind of state that a job should have; one that was aborted should never run."""
    return "never" if _was_aborted(wanted, name) else kind_of(wanted.run, name)


def _was_aborted(one: Outcome, name: str) -> bool:
    """Return whether ARQ has aborted the job before it began."""
    known = name in one.run.states and name not in one.begun
    return known and _class(one.run, name) == CancelledError.__name__


def _gave_up(one: Outcome, name: str) -> bool:
    """Return whether the job has finished with the note that it gave up, instead of failing."""
    return name in one.run.states and gave_up(one.run[name].result)


def _class(run: Run, name: str) -> str:
    """Return the class of the error with which a job has failed."""
    return (run[name].error or "").partition(":")[0]


def _was_kept(mine: Outcome, name: str) -> str:
    """Return for how long a result was kept that was there, and that the job has missed."""
    error = mine.run[name].error or ""
    before = mine.begun[: mine.begun.index(name)] if name in mine.begun else ()
    lacking = [
        job
        for job in mine.kept
        if error.endswith(f"result of {job}: there is none")
        and job in before
        and kind_of(mine.run, job) != "failed"
    ]
    told = [f"; the result of `{job}` was kept for {mine.kept[job]:,} s" for job in lacking]
    return "".join(told)


def _ended_otherwise(run: Run, name: str, was: str, asked: str) -> str:
    if was == "waits":
        say = f"`{name}` is still {run[name].state.replace('_', ' ')}: "
        return say + ("it should not be left behind" if asked == "never" else "it never ran")
    if was == "never":
        state = run.states.get(name, "absent")
        return f"`{name}` " + ("did not run" if state in GONE else f"was {look(state).word}")
    error = run[name].error or ""
    if "<lambda>" in error or "<locals>" in error:
        error += "; a worker imports a function by its name, and this one has none"
    say = f"`{name}` ran" if was == "done" else f"`{name}` failed" + f" ({error})" * bool(error)
    if asked == "failed":
        return say + ", but it should have failed"
    return say + (", but it should not run" if asked in ("never", "waits") else "")
