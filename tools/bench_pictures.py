"""The time to draw a picture of a large run."""

import time
from collections.abc import Sequence

from lesson_code.lab.pictures import crash_map, job_graph, timeline
from lesson_code.lab.record import Event, JobRecord, Run
from tools.made_up_fates import chain

JOBS = 1_000


def wide() -> Run:
    """Return a graph of one job, then many side by side, then one that gathers them."""
    middle = [f"part-{n}" for n in range(JOBS - 2)]
    jobs = [
        JobRecord("split", "split", "finished"),
        *(JobRecord(name, "process", "finished", ("split",)) for name in middle),
        JobRecord("merge", "merge", "deferred", tuple(middle)),
    ]
    return run_of(jobs)


def deep() -> Run:
    """Return a chain of jobs."""
    return run_of(
        [JobRecord(f"s{n}", "step", "finished", (f"s{n - 1}",) * (n > 0)) for n in range(JOBS)]
    )


def dense() -> Run:
    """Return levels of 25 jobs, each of which depends on all jobs of the level before."""
    jobs = []
    for n in range(JOBS):
        first = n // 25 * 25
        before = tuple(f"j{m}" for m in range(first - 25, first)) if first else ()
        jobs.append(JobRecord(f"j{n}", "step", "finished", before))
    return run_of(jobs)


def ladder(steps: int = JOBS // 2, states: Sequence[str] = ("finished",) * JOBS) -> Run:
    """Return a graph with two jobs a step, each of which waits for both of the step before.

    No jobs are alike and at once.
    """
    names = [f"{side}{n}" for n in range(steps) for side in "ab"]
    return run_of(
        [
            JobRecord(name, "step", states[n], tuple(names[n // 2 * 2 - 2 : n // 2 * 2]))
            for n, name in enumerate(names)
        ]
    )


def run_of(jobs: list[JobRecord]) -> Run:
    events = [Event("worker-1", job.id, what) for job in jobs for what in ("started", "finished")]
    return Run(tuple(jobs), tuple(events))


def main() -> None:
    print(f"Drawing {JOBS} jobs, and a crash map of {JOBS} places:")
    runs = [(make.__name__, make()) for make in (wide, deep, dense, ladder)]
    drawn = [(name, draw, run) for name, run in runs for draw in (job_graph, timeline)]
    fates = chain(JOBS, jobs=[f"part-{n}" for n in range(31)])
    for name, draw, what in [*drawn, ("chain", crash_map, fates)]:
        start = time.perf_counter()
        size = len(draw(what).svg)
        spent = time.perf_counter() - start
        print(f"{name:6} {draw.__name__:10} {spent * 1000:6.1f} ms  {size:7} bytes")
