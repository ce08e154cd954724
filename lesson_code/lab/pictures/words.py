"""The words of a box: its name and its states, in the picture; a line, in the twin."""

import reprlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from lesson_code.lab.pictures.arrows import ENQUEUED, EVEN_IF_FAILED, EXTRA, MISSING, Marks
from lesson_code.lab.pictures.fold import Arrow, Box
from lesson_code.lab.pictures.svg import clip
from lesson_code.lab.record import JobRecord
from lesson_code.lab.states import State, kind, look

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 60


def name(box: Box, names: Mapping[str, str]) -> str:
    """Return the name of the job, or the common name of the jobs in the box."""
    job, number = box.jobs[0], box.number
    if number > box.steps > 1:
        return f"{number} more, in {box.steps} steps"
    if box.steps > 1:
        return f"{number} more, one after the other"
    tasks = len({job.task for job in box.jobs})
    if tasks > 1:
        return f"{number} jobs of {tasks} tasks"
    if number > 1:
        return f"{clip(job.task)}, {number} at once"
    return clip(names[job.id])


def look_of(job: JobRecord) -> State:
    """Return the row of the job's state; a job that stored only {"gave up": why} gave up."""
    outcome = job.result if kind(job.state) == "done" else None
    given_up = isinstance(outcome, dict) and [*outcome] == ["gave up"]
    return look("gave up" if given_up else job.state)


def colors(box: Box) -> State:
    """Return the look of the box: of a failed job in it, else of an unfinished one."""
    states = [*map(look_of, box.jobs)]
    return min(states, key=lambda state: (state.kind != "failed", state.kind == "done"))


def word(box: Box, marks: Marks, attempts: Mapping[str, int]) -> str:
    """Return glyph and word of the state, and "×3" for a job with three attempts.

    For jobs in several states, return how many are in each.
    """
    states = Counter(map(look_of, box.jobs))
    if len(states) > 1:
        each = ((state.glyph, number // box.sets) for state, number in states.items())
        return ", ".join(f"{glyph} {number}" for glyph, number in each)
    asked = marks.asked.get(box.jobs[0].id)
    number = attempts.get(box.jobs[0].id, 0) if box.number == 1 else 0
    state = next(iter(states))
    several = f" ×{number}" if number > 1 else ""
    return f"{state.glyph} {state.word}{several}" + (
        f", should be {look(asked).word}" if asked else ""
    )


def age(jobs: Sequence[JobRecord]) -> str:
    """Return for how long the jobs have been in their state: "(for 3 min)", "(3 to 40 min ago)".

    Return "" if no job tells it.
    """
    ages = sorted(job.age for job in jobs if job.age is not None)
    if not ages:
        return ""
    first, last = rounded(ages[0]), rounded(ages[-1])
    span = first if first == last else f"{first} to {last}"
    ended = {look(job.state).kind != "waits" for job in jobs}
    return f"({span} ago)" if ended == {True} else f"(for {span})" if ended == {False} else ""


def rounded(seconds: float) -> str:
    """Return a time in one number and its unit: "40 s", "12 min", "5 h", "3 days"."""
    for size, unit, most in ((1, "s", 90), (60, "min", 90), (3600, "h", 36)):
        if seconds / size < most:
            return f"{max(0, seconds) / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"


def twin(
    made: Sequence[Box],
    arrows: Sequence[Arrow],
    words: Sequence[str],
    order: Sequence[int],
    known: Mapping[str, str],
) -> str:
    """Return a line for each box, in this order: name, the words of its state, dependencies,
    outcome.
    """
    ending = defaultdict(list)
    for arrow in arrows:
        ending[arrow.end].append(arrow)
    names = [name(box, known) for box in made]
    wide, wider = (max(map(len, some), default=0) for some in (names, words))
    lines = []
    for n in order:
        line = f"{names[n]:{wide}}  {words[n]:{wider}}{_after(ending[n], names)}"
        since = age(made[n].jobs)
        lines.append((line + outcome(made[n]) + f"  {since}" * bool(since)).rstrip())
    return "\n".join(lines) or "(no jobs)"


def _after(arrows: Sequence[Arrow], names: Sequence[str]) -> str:
    said = {MISSING: " (missing)", EXTRA: " (not asked for)"}
    after = [names[one.start] + said.get(one.kind, "") for one in arrows if one.kind != ENQUEUED]
    also = " (even if failed)" if any(one.kind == EVEN_IF_FAILED for one in arrows) else ""
    by = [names[one.start] for one in arrows if one.kind == ENQUEUED]
    waits = f"  after {', '.join(after)}{also}" if after else ""
    return waits + (f"  enqueued by {', '.join(by)}" if by else "")


def outcome(box: Box) -> str:
    """Return the error or the result of the job; of several sets only one that they share."""
    job = box.jobs[0]
    if len({(one.error, repr(one.result)) for one in box.jobs}) > 1 or box.number > 1:
        return ""
    if job.error:
        return f"  ! {job.error}"
    return f"  → {_short.repr(job.result)}" if job.result is not None else ""
