"""Two job graphs in one: the graph of an answer, with a mark at each difference."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from lesson_code.lab.pictures.arrows import Marks
from lesson_code.lab.pictures.graph import job_graph
from lesson_code.lab.pictures.svg import Picture
from lesson_code.lab.record import Run


def compared(mine: Run, wanted: Run | None, names: Collection[str]) -> Picture:
    """Draw `mine`, and mark each difference from `wanted` (if any) in the jobs `names`.

    A missing job is drawn with dashes. A missing arrow is red with a "+", an extra one is amber
    with a "×". A wrong state is followed by the one that was asked for. A job that should be gone
    has a wrong state; the arrows at it are then as they should be.
    """
    if wanted is None:
        return job_graph(mine)
    there, asked_for = ({job.id for job in run.jobs} for run in (mine, wanted))
    lacking = [job for job in wanted.jobs if job.id in names and job.id not in there]
    arrows, asked = set(_arrows(mine)), set(_arrows(wanted))
    before, asked_before = _ancestors(mine), _ancestors(wanted)
    missing = {
        (parent, job)
        for parent, job in asked - arrows
        if {parent, job} <= {*names} and parent not in before.get(job, ())
    }
    extra = {
        (parent, job)
        for parent, job in arrows
        if {parent, job} <= {*names} & asked_for and parent not in asked_before.get(job, ())
    }
    states = {
        job.id: "absent" for job in mine.jobs if job.id in names and job.id not in asked_for
    } | {
        job.id: job.state
        for job in wanted.jobs
        if job.id in names and job.id in there and job.state != mine[job.id].state
    }
    jobs = [
        *mine.jobs,
        *(replace(job, state="absent", after=(), result=None, error=None) for job in lacking),
    ]
    added = [
        replace(job, after=(*job.after, *(p for p, child in sorted(missing) if child == job.id)))
        for job in jobs
    ]
    return job_graph(replace(mine, jobs=tuple(added)), Marks(missing, extra, states))


def _arrows(run: Run) -> Iterator[tuple[str, str]]:
    for job in run.jobs:
        yield from ((parent, job.id) for parent in job.after)


def _ancestors(run: Run) -> dict[str, set[str]]:
    """Return all jobs that each job waits for, directly or indirectly."""
    after = {job.id: set(job.after) for job in run.jobs}
    found: dict[str, set[str]] = {}
    for name in after:
        seen, waiting = set(), list(after[name])
        while waiting:
            parent = waiting.pop()
            if parent not in seen:
                seen.add(parent)
                waiting += after.get(parent, ())
        found[name] = seen
    return found
