"""Fan-out and fan-in in RQ: jobs that run at once, and the job that gathers their results."""

from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis
from rq import Queue, get_current_job
from rq.job import Job

from lesson_code import weather
from lesson_code.with_rq.chaining import with_parent_results


class MeetingFailed(Exception):
    """Too few jobs were running at the same time."""


def after_meeting(place: str, number: int, task: Callable, *args: Any, patience: float = 15) -> Any:
    """Run `task` as soon as `number` jobs have come to `place`: a proof that they run at once.

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
    """A task that fans out: enqueue a job for each year in the data. Returns the jobs' ids.

    They wait for this job itself: if it fails half-way and runs again, each is there only once.
    """
    job = get_current_job()
    queue = Queue(job.origin, connection=job.connection)
    years = sorted({day["date"][:4] for day in days})
    for year in years:
        its_days = [day for day in days if day["date"].startswith(year)]
        queue.enqueue(weather.summarise, its_days, year, depends_on=job, job_id=year)
    return years


def enqueue_years(days: list[dict]) -> list[str]:
    """The same, and the job that gathers them: here they are known, and none has ended yet."""
    job = get_current_job()
    queue = Queue(job.origin, connection=job.connection)
    years = enqueue_parts(days)
    gather = (with_parent_results, weather.aggregate_results)
    queue.enqueue(*gather, depends_on=years, job_id="aggregate")
    return years


def with_finished_parents(task: Callable, *args: Any) -> dict[str, Any]:
    """Run `task` with the results of those dependencies that have finished, and name the others.

    Enqueue it in the task's place, with `depends_on=Dependency(parts, allow_failure=True)`.
    Returns {"result": what the task has returned, "missing": the ids of those without a result}.
    """
    job = get_current_job()
    parents = {parent.id: parent for parent in job.fetch_dependencies()}
    results, missing = [], []
    for parent_id in job._dependency_ids:  # in the order of `depends_on`
        result = parents[parent_id].latest_result() if parent_id in parents else None
        if result is None or result.type != result.Type.SUCCESSFUL:
            missing.append(parent_id)
        else:
            results.append(result.return_value)
    return {"result": task(*results, *args), "missing": missing}


def enqueue_fan_in(
    queue: Queue, task: Callable, parts: Sequence[Job], job_id: str, width: int = 16
) -> Job:
    """Enqueue `task` on the results of `parts`, as a tree: no job depends on more than `width`.

    Up to `width` parts are gathered by a partial aggregate each, these by the next level, and
    so on. So `task` must be able to work on its own results. Returns the last job, `job_id`;
    the partial ones are "job_id-LEVEL-NUMBER". Raises ValueError for a width below 2.
    """
    if width < 2:
        raise ValueError(f"width={width}: a fan-in gathers at least two")
    level, jobs = 0, list(parts)
    while len(jobs) > width:
        level += 1
        groups = [jobs[first : first + width] for first in range(0, len(jobs), width)]
        jobs = [
            queue.enqueue(
                with_parent_results, task, depends_on=group, job_id=f"{job_id}-{level}-{number}"
            )
            for number, group in enumerate(groups, start=1)
        ]
    return queue.enqueue(with_parent_results, task, depends_on=jobs, job_id=job_id)
