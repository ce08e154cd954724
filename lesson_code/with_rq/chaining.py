"""Chaining in RQ: `depends_on` orders the jobs; handing the results on is up to us."""

from typing import Any

from rq import get_current_job
from rq.job import Job
from rq.results import Result
from rq.utils import import_attribute

from ..patterns.tasks import Task, completed, full_name

NOT_STORED = "Unserializable return value"  # what RQ 2.12.0 stores instead of such a result


class ResultMissing(Exception):
    """A job needs the result of a dependency, and Redis does not have it, or no longer."""


def call(task: Task, *args: Any, **kwargs: Any) -> Any:
    """Call the task, a plain or a coroutine function, which may be given by its name.

    Raises what it raises, and ValueError for a task that a worker process could not import.
    """
    full_name(task)
    function = import_attribute(task) if isinstance(task, str) else task
    return completed(function(*args, **kwargs))


def dependency_ids(job: Job) -> list[str]:
    """Return the ids of the jobs that `job` depends on, in the order of `depends_on`."""
    return job._dependency_ids  # RQ has no public name for the ids in their order


def dependency_results(job: Job) -> list[tuple[str, Result | None]]:
    """Return the id and the result of each dependency of `job`, in the order of `depends_on`.

    It is None for a dependency that has not finished, or whose result is gone. RQ itself leaves
    those out silently.
    """
    parents = {parent.id: parent for parent in job.fetch_dependencies()}
    results = []
    for parent_id in dependency_ids(job):
        result = parents[parent_id].latest_result() if parent_id in parents else None
        finished = result is not None and result.type == result.Type.SUCCESSFUL
        results.append((parent_id, result if finished else None))
    return results


def pass_results(task: Task, *args: Any, **kwargs: Any) -> Any:
    """Run `task` with the results of this job's dependencies as its first arguments.

    Enqueue it instead of the task: `queue.enqueue(pass_results, task_b, depends_on=job_a)`.
    The results come in the order of `depends_on`, then `args` and `kwargs`. With JSON, pass the
    name of the task: "package.module.task_b".

    Raises ResultMissing when a dependency is gone, has no result, or one that RQ could not store.
    """
    job = get_current_job()
    results = dependency_results(job)
    for parent_id, result in results:
        if result is None:
            raise ResultMissing(f"{job.id} needs the result of {parent_id}: there is none")
        if result.return_value == NOT_STORED:
            raise ResultMissing(f"{job.id} needs the result of {parent_id}: it could not be stored")
    return call(task, *(result.return_value for _, result in results), *args, **kwargs)
