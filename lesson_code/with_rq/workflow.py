"""A workflow in RQ: a plan of jobs, written into Redis in one transaction."""

from contextlib import suppress
from typing import Any

from rq import Queue
from rq.exceptions import InvalidJobOperation
from rq.job import Dependency, Job
from rq.utils import truncate_long_string

from ..patterns.keep import KEEP
from ..patterns.tasks import named
from ..patterns.workflow import Steps, WorkflowError, in_order
from .at_work import same_settings
from .chaining import dependency_ids, pass_results
from .parallel import pass_available_results
from .together import enqueue_atomically

OURS = {"depends_on", "job_id", "status"}  # options of `create_job` that the plan itself decides
SHOWN = 75  # characters of an argument, as in RQ's own descriptions


def enqueue_workflow(queue: Queue, steps: Steps, run: str = "") -> dict[str, Job]:
    """Enqueue a job for each step, in one transaction. Return the jobs by the names of the steps.

    A step is (task, parents) or (task, parents, options). Its task gets the results of its
    parents, in their order, and then the option `args`. A list instead of the task, such as
    [fallback_if_failed, task], is enqueued as it is. Further options: `queue`, the name of another
    one; `allow_failure=True`, for a task that gets the results of those parents that have finished
    (see `pass_available_results`); and all that `queue.create_job` takes (`retry`, `timeout`, …).

    The id of a job is the name of the run and that of the step: "monday-extract". Enqueueing a run
    again resumes it: jobs that have failed are requeued, all others stay as they are.

    Raises WorkflowError, before anything is written: for an unknown parent, a cycle, and a run that
    is there with another plan. Raises ValueError for an option that the plan itself decides.
    """
    jobs: dict[str, Job] = {}
    for name in in_order(steps):
        task, parents, *options = steps[name]
        after = [jobs[parent] for parent in parents]
        jobs[name] = _job(queue, task, after, (run, name), dict(*options))
    if not enqueue_atomically([*jobs.values()], queue):
        _resume(queue, run, [*jobs.values()])
    return jobs


def _resume(queue: Queue, run: str, planned: list[Job]) -> None:
    """Requeue the failed jobs, if Redis has just the planned ones."""
    ids = [job.id for job in planned]
    found = queue.job_class.fetch_many(ids, queue.connection, serializer=queue.serializer)
    if other := [job.id for job, kept in zip(planned, found, strict=True) if _differ(job, kept)]:
        raise WorkflowError(
            f"of the run {run!r} Redis has jobs, but not {', '.join(other)} with the same task,"
            f" parents and run: the plan has changed, or these have expired; choose another name"
        )
    for job in found:
        if job.is_failed:
            with suppress(InvalidJobOperation):  # somebody else was faster
                job.requeue()


def _differ(job: Job, kept: Job | None) -> bool:
    def words(job: Job) -> tuple:
        return job.description.partition("(")[0], dependency_ids(job), job.meta.get("run")

    return kept is None or words(job) != words(kept)


def _job(queue: Queue, task: Any, after: list[Job], ids: tuple[str, str], options: dict) -> Job:
    """Make the job of a step; dashboards show its task and its parents."""
    run, name = ids
    if decided := OURS & {*options}:
        raise ValueError(f"step {name!r}: the plan decides {', '.join(sorted(decided))}")
    allow = options.pop("allow_failure", False)
    helper = pass_available_results if allow else pass_results
    function, *inner = map(named, task if isinstance(task, list) else [helper, task])
    args = options.pop("args", ())
    where = options.pop("queue", queue)
    if isinstance(where, str):
        where = same_settings(queue, where)
    shown = [", ".join(parent.id for parent in after)] * bool(after) + [*map(repr, args)]
    shown = ", ".join(truncate_long_string(one, SHOWN) for one in shown)
    standard = {
        "job_id": f"{run}-{name}" if run else name,
        "description": f"{(inner or [function])[-1]}({shown})",
        "depends_on": Dependency(after, allow_failure=allow) if after else None,
        "result_ttl": KEEP,  # what a repair tomorrow needs
        "meta": {"run": run, **options.pop("meta", {})},
    }
    return where.create_job(function, (*inner, *args), **{**standard, **options})
