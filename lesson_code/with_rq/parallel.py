"""Fan-in in RQ: one job collects the results of many, some of which may have failed."""

from collections.abc import Sequence
from typing import Any

from rq import Queue, Retry, get_current_job
from rq.job import Job

from ..patterns.tasks import Task, named
from .chaining import call, dependency_results, pass_results


def pass_available_results(task: Task, *args: Any, **kwargs: Any) -> dict[str, Any] | Retry:
    """Run `task` with the results of those dependencies that have finished.

    Enqueue it instead of the task, and pass the task as its first argument. Use it with
    `Dependency(jobs, allow_failure=True)`.
    Returns {"result": what `task` returned, "missing": the ids of the other dependencies}. If the
    task returns a Retry, RQ gets it, and runs the job again.
    """
    parents = dependency_results(get_current_job())
    results = [result.return_value for _, result in parents if result]
    missing = [parent_id for parent_id, result in parents if not result]
    result = call(task, *results, *args, **kwargs)
    return result if isinstance(result, Retry) else {"result": result, "missing": missing}


def enqueue_tree_fan_in(
    queue: Queue, task: Task, parts: Sequence[Job], job_id: str, width: int = 16, **options: Any
) -> Job:
    """Enqueue a tree of jobs that combines the results of `parts`; return its last job, `job_id`.

    A job "job_id-1-NUMBER" combines up to `width` parts, a job "job_id-2-NUMBER" combines up to
    `width` of these jobs, and so on. So `task` must be able to work on its own results. All jobs
    get the `options` of `queue.enqueue`, such as `retry`.

    Raises ValueError for a `width` below 2.
    """
    if width < 2:
        raise ValueError(f"width={width}: a fan-in gathers at least two")
    gather, jobs, level = (pass_results, named(task)), list(parts), 0
    while len(jobs) > width:
        level += 1
        groups = [jobs[n : n + width] for n in range(0, len(jobs), width)]
        jobs = [
            queue.enqueue(*gather, depends_on=group, job_id=f"{job_id}-{level}-{number}", **options)
            for number, group in enumerate(groups, start=1)
        ]
    return queue.enqueue(*gather, depends_on=jobs, job_id=job_id, **options)
