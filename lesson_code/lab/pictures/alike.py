"""Jobs that belong together, and groups of such jobs that look the same.

Jobs belong together if dependencies connect them. Two sets of such jobs are *alike* if they are the
same graph of the same tasks, in the same states, with the same errors and numbers of attempts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lesson_code.lab.pictures.arrows import arrows_to
from lesson_code.lab.pictures.levels import levels
from lesson_code.lab.pictures.words import look_of
from lesson_code.lab.record import JobRecord, Run

WORST_FIRST = ("failed", "never", "waits", "done")


@dataclass(frozen=True, eq=False)
class Alike:
    """Sets of jobs that look the same. In each of them the jobs have the same order."""

    members: tuple[tuple[JobRecord, ...], ...]

    @property
    def first(self) -> tuple[JobRecord, ...]:
        return self.members[0]

    @property
    def jobs(self) -> tuple[JobRecord, ...]:
        return tuple(job for member in self.members for job in member)


def groups(run: Run) -> list[Alike]:
    """Return the jobs that belong together, those that are alike in one group.

    Groups with failed jobs are first, then those that cannot run, that wait, that are done. Of two
    such groups the one with more jobs is first.
    """
    attempts = run.attempts
    level = levels({job.id: [parent for parent, _ in arrows_to(job)] for job in run.jobs})
    found = defaultdict(list)
    for jobs in _sets(run):
        ordered = _in_order(jobs, level, attempts)
        found[_form(ordered, attempts)].append(ordered)
    return sorted((Alike(tuple(members)) for members in found.values()), key=_urgency)


def summary(jobs: Iterable[JobRecord]) -> str:
    """Return how many jobs are in each state: "all finished", "2 failed, 1 deferred"."""
    words = Counter(look_of(job).word.replace("complete, failed", "failed") for job in jobs)
    if len(words) == 1:
        return f"all {next(iter(words))}" if words.total() > 1 else next(iter(words))
    return ", ".join(f"{number:,} {word}" for word, number in words.most_common())


def _urgency(group: Alike) -> tuple[int, int]:
    kinds = {look_of(job).kind for job in group.first}
    worst = next(n for n, kind in enumerate(WORST_FIRST) if kind in kinds)
    return worst, -len(group.jobs)


def _nearby(run: Run) -> dict[str, list[str]]:
    nearby: dict[str, list[str]] = {job.id: [] for job in run.jobs}
    for job in run.jobs:
        for parent, _ in arrows_to(job):
            if parent in nearby:
                nearby[parent].append(job.id)
                nearby[job.id].append(parent)
    return nearby


def _sets(run: Run) -> Iterator[list[JobRecord]]:
    """Yield each set of jobs that belong together; its jobs are in the order of the run."""
    nearby, first = _nearby(run), {}
    for job in run.jobs:
        waiting = [job.id]
        while waiting:
            if (one := waiting.pop()) not in first:
                first[one] = job.id
                waiting += nearby[one]
    sets = defaultdict(list)
    for job in run.jobs:
        sets[first[job.id]].append(job)
    yield from sets.values()


def _in_order(
    jobs: list[JobRecord], level: Mapping[str, int], attempts: Mapping[str, int]
) -> tuple[JobRecord, ...]:
    """Sort the jobs by level and look, so that two sets of jobs that are alike are compared well.

    Two sets that are alike may still get different orders; then they are drawn twice.
    """
    place: dict[str, int] = {}

    def key(job: JobRecord) -> tuple:
        sources = sorted(place.get(parent, -1) for parent, _ in arrows_to(job))
        return _look(job, attempts), sources

    floors = defaultdict(list)
    for job in jobs:
        floors[level[job.id]].append(job)
    for floor in sorted(floors):
        for job in sorted(floors[floor], key=key):
            place[job.id] = len(place)
    return tuple(sorted(jobs, key=lambda job: place[job.id]))


def _form(jobs: tuple[JobRecord, ...], attempts: Mapping[str, int]) -> tuple:
    """Return the whole graph of these jobs, without their ids: equal forms are equal graphs."""
    place = {job.id: n for n, job in enumerate(jobs)}
    return tuple(
        (
            _look(job, attempts),
            tuple(sorted((place.get(parent, -1), kind) for parent, kind in arrows_to(job))),
        )
        for job in jobs
    )


def _look(job: JobRecord, attempts: Mapping[str, int]) -> tuple:
    state = look_of(job).word
    return (
        job.task,
        state,
        (job.error or "").partition(":")[0],
        attempts.get(job.id, 0),
    )
