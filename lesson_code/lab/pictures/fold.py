"""The jobs of a graph that share a box: a graph too high or too long for a page is folded."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lesson_code.lab.pictures.arrows import NO_MARKS, Marks, arrows_to
from lesson_code.lab.pictures.levels import levels
from lesson_code.lab.record import JobRecord, Run

HIGHEST = 8  # a level with more jobs is folded: jobs that are alike share a box
LONGEST = 20  # a graph with more levels than that is folded
FIRST, LAST = 3, 2  # levels of a folded stretch that stay, at its two ends


@dataclass(frozen=True, eq=False)
class Box:
    """A job, or several that are alike: at once, or in the `steps` of a stretch, one after the
    other.

    A box that stands for the same place in several graphs holds the jobs of all these `sets`.
    """

    jobs: tuple[JobRecord, ...]
    steps: int = 1
    sets: int = 1

    @property
    def number(self) -> int:
        """Return the number of jobs in one graph."""
        return len(self.jobs) // self.sets


@dataclass(frozen=True)
class Arrow:
    """An arrow between two boxes (by number)."""

    start: int
    end: int
    kind: str


def boxes(run: Run, marks: Marks = NO_MARKS) -> list[Box]:
    """Return the boxes of the picture. Marked jobs share a box only if their marks are the same."""
    made = _at_once(run, marks)
    if _length(made) > LONGEST:
        made = _one_after_the_other(made, marks)
    if _length(made) > LONGEST and not marks:
        made = _without_the_middle(made)
    return made


def arrows(made: Sequence[Box], marks: Marks = NO_MARKS) -> list[Arrow]:
    """Return the arrows between these boxes; arrows within a box are not drawn."""
    box_of = {job.id: n for n, box in enumerate(made) for job in box.jobs}
    found = {
        Arrow(box_of[parent], n, kind): None
        for n, box in enumerate(made)
        for job in box.jobs
        for parent, kind in arrows_to(job, marks)
        if box_of.get(parent, n) != n
    }
    return list(found)


def in_front(made: Sequence[Box], marks: Marks = NO_MARKS) -> dict[int, list[int]]:
    """Return the numbers of the boxes on which each box depends."""
    front: dict[int, list[int]] = {n: [] for n in range(len(made))}
    for arrow in arrows(made, marks):
        front[arrow.end].append(arrow.start)
    return front


def _length(made: Sequence[Box]) -> int:
    return max(levels(in_front(made)).values(), default=0) + 1


def _at_once(run: Run, marks: Marks) -> list[Box]:
    """Fold jobs that are on one level and are alike, if there are too many on it."""
    front = {job.id: [parent for parent, _ in arrows_to(job)] for job in run.jobs}
    level = levels(front)
    crowd = Counter(level.values())
    signs = _signs(marks)
    groups = defaultdict(list)
    for job in run.jobs:
        alike = (job.task, job.state, job.even_if_failed, signs.get(job.id))
        high = crowd[level[job.id]] > HIGHEST
        groups[level[job.id], alike if high else job.id].append(job)
    made = []
    for jobs in groups.values():
        seen = jobs[0].id in signs and len(jobs) <= HIGHEST  # a mark must be visible, with its name
        made += [Box((job,)) for job in jobs] if seen else [Box(tuple(jobs))]
    return made


def _signs(marks: Marks) -> dict[str, frozenset]:
    """Return the marks of each job: two jobs with the same marks look the same."""
    signs = defaultdict(set)
    for kind, pairs in (("missing", marks.missing), ("extra", marks.extra)):
        for parent, job in pairs:
            signs[parent].add((kind, "to", job))
            signs[job].add((kind, "from", parent))
    for job, state in marks.asked.items():
        signs[job].add(("asked", state))
    return {job: frozenset(found) for job, found in signs.items()}


def _one_after_the_other(made: list[Box], marks: Marks) -> list[Box]:
    """Fold the middle of each stretch of boxes that are alike, with one dependency and one
    dependent.
    """
    front, behind = in_front(made, marks), defaultdict(list)
    for n, others in front.items():
        for other in others:
            behind[other].append(n)
    signs = _signs(marks)
    inner = {
        n: (made[n].jobs[0].state, made[n].jobs[0].even_if_failed)
        for n in front
        if len(front[n]) == len(behind[n]) == 1 and not any(job.id in signs for job in made[n].jobs)
    }
    folded: dict[int, Box] = {}
    for n, sort in inner.items():
        if inner.get(front[n][0]) == sort:
            continue  # not the first of its stretch
        stretch = [n]
        while inner.get(after := behind[stretch[-1]][0]) == sort:
            stretch.append(after)
        if len(middle := stretch[FIRST - 1 : 1 - LAST]) > 1:
            jobs = tuple(job for one in middle for job in made[one].jobs)
            folded.update(dict.fromkeys(middle, Box(jobs, len(middle))))
    return list(dict.fromkeys(folded.get(n, box) for n, box in enumerate(made)))


def _without_the_middle(made: list[Box]) -> list[Box]:
    """Fold the levels in the middle into one box."""
    level = levels(in_front(made))
    last = max(level.values())
    side = LONGEST // 2 - 1
    middle = [n for n in range(len(made)) if side <= level[n] <= last - side]
    jobs = tuple(job for n in middle for job in made[n].jobs)
    whole = Box(jobs, last + 1 - 2 * side)
    return list(dict.fromkeys(whole if n in set(middle) else made[n] for n in range(len(made))))
