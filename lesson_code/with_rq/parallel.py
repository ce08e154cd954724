"""Fan-out and fan-in in RQ: jobs that run at once, and the job that gathers their results."""

from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis
from rq import Queue, get_current_job
from rq.job import Job

from lesson_code.with_rq.chaining import with_parent_results
from lesson_code.worlds import weather


class MeetingFailed(Exception):
    """Too few jobs were running at the same time."""


def after_meeting(place: str, number: int, task: Callable, *args: Any, patience: float = 15) -> Any:
    """Run `task` as soon as `number` jobs have come to `place`: they run at once.

    Raises MeetingFailed when they have not all come in `patience` seconds.
    """
    redis: Redis = get_current_job().connection
    here, go = f"lesson:meeting:{place}", f"lesson:meeting:{place}:go"
    if redis.incr(here) == number:
        redis.delete(here)
        redis.rpush(go, *[place] * number)  # a ticket for each
    if not redis.blpop(go, timeout=patience):
        redis.decr(here)
        raise MeetingFailed(f"{number} jobs were to meet at {place!r}, and did not")
    return task(*args)


def enqueue_parts(days: list[dict]) -> list[str]:
    """A task that fans out: enqueue a job for each year in the data.

    They wait for this job itself: if it fails half-way and runs again, each is
    there only once. Returns their ids.
    """
    job = get_current_job()
    queue = Queue(job.origin, connection=job.connection)
    years = sorted({day["date"][:4] for day in days})
    for year in years:
        part = [day for day in days if day["date"].startswith(year)]
        queue.enqueue(weather.summarise, part, year, depends_on=job, job_id=year)
    return years


def enqueue_years(days: list[dict]) -> list[str]:
    """The same, and the job that gathers them, while none of them has ended."""
    job = get_current_job()
    queue = Queue(job.origin, connection=job.connection)
    years = enqueue_parts(days)
    gather = (with_parent_results, weather.aggregate_results)
    queue.enqueue(*gather, depends_on=years, job_id="aggregate")
    return years


def with_finished_parents(task: Callable, *args: Any) -> dict[str, Any]:
    """Run `task` with the results of those dependencies that have finished.

    Enqueue it in the task's place, with a Dependency with `allow_failure=True`.
    Returns {"result": what `task` returned, "missing": ids of the others}.
    """
    job = get_current_job()
    parents = {parent.id: parent for parent in job.fetch_dependencies()}
    results, missing = [], []
    for name in job._dependency_ids:  # in the order of `depends_on`
        result = parents[name].latest_result() if name in parents else None
        if result is None or result.type != result.Type.SUCCESSFUL:
            missing.append(name)
        else:
            results.append(result.return_value)
    return {"result": task(*results, *args), "missing": missing}


def enqueue_fan_in(
    queue: Queue, task: Callable, parts: Sequence[Job], job_id: str, width: int = 16
) -> Job:
    """Enqueue `task` on the results of `parts`, at most `width` of them a job.

    Up to `width` parts go to a job "job_id-1-NUMBER", up to `width` of these to a
    job "job_id-2-NUMBER", and so on: a tree. So `task` must be able to work on its
    own results. Returns the last job, `job_id`. Raises ValueError for a width below 2.
    """
    if width < 2:
        raise ValueError(f"width={width}: a fan-in gathers at least two")
    gather, jobs, level = (with_parent_results, task), list(parts), 0
    while len(jobs) > width:
        level += 1
        groups = [jobs[n : n + width] for n in range(0, len(jobs), width)]
        jobs = [
            queue.enqueue(*gather, depends_on=group, job_id=f"{job_id}-{level}-{number}")
            for number, group in enumerate(groups, start=1)
        ]
    return queue.enqueue(*gather, depends_on=jobs, job_id=job_id)
