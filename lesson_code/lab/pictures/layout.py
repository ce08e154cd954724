"""Where the jobs of a graph stand: a column for each step; what is too much is folded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lesson_code.lab.record import JobRecord, Run

HIGHEST = 8  # more jobs than that in a column are folded: jobs alike share a box
LONGEST = 9  # more columns than that are folded: those in the middle become one


@dataclass(frozen=True, eq=False)
class Box:
    """A place in the picture: one job, or several with the same task and the same state."""

    jobs: tuple[JobRecord, ...]
    column: int
    after: tuple[int, ...]  # the numbers of the boxes with its dependencies, in their order


def boxes(run: Run) -> list[Box]:
    """Return the boxes of the picture, column by column, each column from top to bottom."""
    column = _fold_columns(levels({job.id: job.after for job in run.jobs}))
    columns = defaultdict(list)
    for job in run.jobs:
        columns[column[job.id]].append(job)
    groups: list[tuple[JobRecord, ...]] = []
    box_of: dict[str, int] = {}
    for number in sorted(columns):
        new = _fold_jobs(columns[number])
        new.sort(key=lambda jobs: _middle(_parents(jobs, box_of)))
        for jobs in new:
            box_of.update((job.id, len(groups)) for job in jobs)
            groups.append(jobs)
    return [Box(jobs, column[jobs[0].id], _parents(jobs, box_of)) for jobs in groups]


def _parents(jobs: tuple[JobRecord, ...], box_of: Mapping[str, int]) -> tuple[int, ...]:
    """Return the numbers of the other boxes that these jobs depend on."""
    numbers = dict.fromkeys(box_of.get(name) for job in jobs for name in job.after)
    return tuple(n for n in numbers if n is not None and n != box_of.get(jobs[0].id))


def _middle(numbers: tuple[int, ...]) -> float:
    return sum(numbers) / len(numbers) if numbers else float("inf")


def levels(after: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the level of each job: 0 without dependencies, else one more than the latest of them.

    A cycle is cut before the first of its jobs: that one then stands before its dependency.
    """
    dependents = defaultdict(list)
    for job, parents in after.items():
        for parent in set(parents):
            dependents[parent].append(job)
    missing = {job: len(set(parents)) for job, parents in after.items()}
    level = dict.fromkeys(after, 0)
    done: set[str] = set()
    for start in [*(job for job in after if not after[job]), *after]:
        ready = [start]
        while ready:
            job = ready.pop()
            if job in done:
                continue
            done.add(job)
            for dependent in dependents[job]:
                if dependent not in done:
                    level[dependent] = max(level[dependent], level[job] + 1)
                    missing[dependent] -= 1
                    if not missing[dependent]:
                        ready.append(dependent)
    return level


def _fold_columns(level: dict[str, int]) -> dict[str, int]:
    """Return the column of each job: its level, with the middle of a long graph made one."""
    last = max(level.values(), default=0)
    spare = last + 1 - LONGEST
    if spare <= 0:
        return level
    first = LONGEST // 2
    return {job: min(n, max(first, n - spare)) for job, n in level.items()}


def _fold_jobs(jobs: list[JobRecord]) -> list[tuple[JobRecord, ...]]:
    """Return the groups of a column: each job alone, or those alike together if it is too high."""
    if len(jobs) <= HIGHEST:
        return [(job,) for job in jobs]
    alike = defaultdict(list)
    for job in jobs:
        alike[job.task, job.state].append(job)
    return [tuple(group) for group in alike.values()]
