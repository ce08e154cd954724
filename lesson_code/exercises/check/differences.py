"""The differences between an answer's outcome and the wanted one, in the words of the lesson."""

from collections.abc import Iterator

from lesson_code.exercises.check.deeds import of_deeds
from lesson_code.exercises.check.ends import asked_of, of_ends
from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab.stage.made_up import MADE

DELETED = (
    "keys in Redis are gone that belong to other programs: an answer deletes only what it has"
    " enqueued or written"
)


def differences(mine: Outcome, wanted: Outcome, exercise: Exercise, scene: Scene) -> list[str]:
    """Return a sentence for each relevant difference, the most important first."""
    found = [DELETED] if mine.deleted else [*_missing(mine, wanted, exercise)]
    if not found and mine.starved in exercise.jobs:
        found = [*_waits(mine, wanted, exercise), *_early(mine, wanted)]
    if not found:
        found = [*_late(mine, exercise)]
    if not found:
        found = [*of_ends(mine, wanted, exercise), *of_deeds(mine, wanted, exercise)]
    if not found and scene.workers <= 1 and not mine.starved:  # else chance has a part in it
        found = [*_rests(mine, wanted, exercise)]
    if not found:
        found = [one for one in mine.ghosts if one not in wanted.ghosts]
    opening = scene.when + ": " if scene.when else ""
    return [opening + sentence for sentence in found]


def _missing(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    there = [job.id for job in mine.run.jobs if job.state != "missing"]
    named = [f"`{name}`" for name in there if not MADE.fullmatch(name)]
    made_up = len(there) - len(named)
    told = [f"there {'is' if len(named) == 1 else 'are'}: {', '.join(named)}"] * bool(named)
    if made_up:
        ids = f"{made_up} job{' has an id' if made_up == 1 else 's have ids'}"
        told.append(f"{ids} that the library made up, because the answer gave none")
    for name in exercise.jobs:
        needless = {"never", "waits"} if exercise.leftovers else {"never"}
        if asked_of(wanted, name) not in needless and name not in there:
            unlisted = [one for one in mine.ghosts if one.startswith(f"`{name}` ")]
            ran = f"`{name}` ran, and then nothing of it was left in Redis: keep its result"
            nothing = ran if name in mine.begun else "; ".join([f"there is no job `{name}`", *told])
            yield unlisted[0] if unlisted else nothing


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


def _late(mine: Outcome, exercise: Exercise) -> Iterator[str]:
    """Yield the jobs that a running job has enqueued, where all are asked for at once."""
    for name in exercise.jobs if exercise.at_once else ():
        if name in mine.run.order and (by := mine.run[name].enqueued_by):
            yield (
                f"`{name}` was enqueued by the job `{by}` before that one had finished, so nothing"
                f" makes it wait for the end of `{by}`"
            )


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


def _rests(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
    """Yield the jobs whose first wait before another attempt is not the wanted one."""
    for name in exercise.rests:
        got, right = mine.rests.get(name), wanted.rests.get(name)
        if got != right and right is not None:
            waits = "does not wait" if not got else f"waits {got:g} s"
            yield f"`{name}` {waits} before its second attempt; it should wait {right:g} s"
