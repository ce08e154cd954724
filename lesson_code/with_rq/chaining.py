"""Chaining in RQ: `depends_on` orders the jobs; handing the results on is up to us."""

from collections.abc import Callable
from typing import Any

from rq import get_current_job
from rq.job import Job
from rq.results import Result


class ParentResultMissing(Exception):
    """A job needs the result of a dependency, and Redis does not have it (any more)."""


def parent_results(job: Job) -> list[tuple[str, Result | None]]:
    """Return the id and the result of each dependency of `job`, in the order of `depends_on`.

    There is None for one that has not finished, or whose result is gone. RQ itself would
    leave it out without a word.
    """
    parents = {parent.id: parent for parent in job.fetch_dependencies()}
    results = []
    for parent_id in job._dependency_ids:  # RQ has no public name for the ids in their order
        result = parents[parent_id].latest_result() if parent_id in parents else None
        finished = result is not None and result.type == result.Type.SUCCESSFUL
        results.append((parent_id, result if finished else None))
    return results


def with_parent_results(task: Callable, *args: Any, **kwargs: Any) -> Any:
    """Run `task` with the results of this job's dependencies as its first arguments.

    Enqueue it in the task's place: `queue.enqueue(with_parent_results, task_b, depends_on=job_a)`.
    The results come in the order of `depends_on`; `args` and `kwargs` follow them.

    Raises ParentResultMissing when a dependency is gone or has no result.
    """
    job = get_current_job()
    results = parent_results(job)
    for parent_id, result in results:
        if result is None:
            raise ParentResultMissing(f"{job.id} needs the result of {parent_id}: there is none")
    return task(*(result.return_value for _, result in results), *args, **kwargs)
