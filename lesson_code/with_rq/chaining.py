"""Chaining in RQ: `depends_on` orders the jobs; handing the results on is up to us."""

from collections.abc import Callable
from typing import Any

from rq import get_current_job

from lesson_code.worlds.tasks import task_b


def task_b_by_hand() -> str:
    parent = get_current_job().fetch_dependencies()[0]
    return task_b(parent.return_value())


class ParentResultMissing(Exception):
    """A job needs the result of a dependency, and Redis does not have it (any more)."""


def with_parent_results(task: Callable, *args: Any, **kwargs: Any) -> Any:
    """Run `task` with the results of this job's dependencies as its first arguments.

    Enqueue it in the task's place: `queue.enqueue(with_parent_results, task_b, depends_on=job_a)`.
    The results come in the order of `depends_on`; `args` and `kwargs` follow them.

    Raises ParentResultMissing when a dependency is gone or has no result. RQ itself would
    leave it out without a word.
    """
    job = get_current_job()
    parents = {parent.id: parent for parent in job.fetch_dependencies()}
    results = []
    for parent_id in job._dependency_ids:  # RQ has no public name for the ids in their order
        result = parents[parent_id].latest_result() if parent_id in parents else None
        if result is None or result.type != result.Type.SUCCESSFUL:
            raise ParentResultMissing(f"{job.id} needs the result of {parent_id}: there is none")
        results.append(result.return_value)
    return task(*results, *args, **kwargs)
