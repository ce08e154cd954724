"""Fan-in in RQ: the job that gathers the results of many, some of which may have failed."""

from collections.abc import Sequence
from typing import Any

from rq import Queue, get_current_job
from rq.job import Job

from lesson_code.with_rq.chaining import Task, call, named, parent_results, with_parent_results


def with_finished_parents(task: Task, *args: Any) -> dict[str, Any]:
    """Run `task` with the results of those dependencies that have finished.

    Enqueue it in the task's place, with a Dependency with `allow_failure=True`.
    Returns {"result": what `task` returned, "missing": ids of the others}.
    """
    parents = parent_results(get_current_job())
    results = [result.return_value for _, result in parents if result]
    missing = [parent_id for parent_id, result in parents if not result]
    return {"result": call(task, *results, *args), "missing": missing}


def enqueue_fan_in(
    queue: Queue, task: Task, parts: Sequence[Job], job_id: str, width: int = 16, **options: Any
) -> Job:
    """Enqueue `task` on the results of `parts`, at most `width` of them a job.

    Up to `width` parts go to a job "job_id-1-NUMBER", up to `width` of these to a
    job "job_id-2-NUMBER", and so on: a tree. So `task` must be able to work on its
    own results. All have the `options` of `queue.enqueue`, as `retry`. Returns the last
    job, `job_id`. Raises ValueError for a width below 2.
    """
    if width < 2:
        raise ValueError(f"width={width}: a fan-in gathers at least two")
    gather, jobs, level = (with_parent_results, named(task)), list(parts), 0
    while len(jobs) > width:
        level += 1
        groups = [jobs[n : n + width] for n in range(0, len(jobs), width)]
        jobs = [
            queue.enqueue(*gather, depends_on=group, job_id=f"{job_id}-{level}-{number}", **options)
            for number, group in enumerate(groups, start=1)
        ]
    return queue.enqueue(*gather, depends_on=jobs, job_id=job_id, **options)
