"""The actions of an answer's tasks, and their jobs, compared with those of the solution."""

from collections import Counter
from collections.abc import Iterator

from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.check.values import both_shortly, same
from lesson_code.exercises.exercise import Exercise
from lesson_code.lab.stage.made_up import MADE
from lesson_code.worlds.accidents import Deed

PLAIN = (str, int, float, bool, list, tuple, dict, set)


def of_deeds(mine: Outcome, wanted: Outcome, exercise: Exercise) -> Iterator[str]:
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
    elif isinstance(wanted.value, PLAIN) and not same(mine.value, wanted.value):
        got, asked = both_shortly(mine.value, wanted.value)
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
            place = "in another job" if MADE.fullmatch(deed.job) else f"in `{deed.job}`"
            place = place if deed.job else "before any worker started"
            yield f"`{deed.call}` was done {place}; it belongs to {there}"


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
