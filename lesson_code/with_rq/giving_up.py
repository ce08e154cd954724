"""Giving up in RQ: a job that has failed for good returns its decision, so that RQ stores it."""

from typing import Any

from rq import Retry
from rq.job import Job
from rq.results import Result

from ..patterns.tasks import FAILURES, Task
from .chaining import call
from .queues import runs_at_once

GAVE_UP = "gave up"


def run_or_give_up(me: Job, task: Task, *args: Any, tries: int, **kwargs: Any) -> Any:
    """Do what `catch_final_failure` does in a job that has not finished before."""
    failures = me.meta.get("failures", 0) + 1
    last = failures >= tries or runs_at_once(me)
    try:
        result = call(task, *args, **kwargs)
    except FAILURES as error:
        if last or not me.retries_left:
            return why(error)
        _count(me, failures)
        raise
    if isinstance(result, Retry):
        if last or (me.number_of_retries or 0) >= result.max:
            return {GAVE_UP: "the task asked for one more try"}
        _count(me, failures)
    return result


def why(error: BaseException) -> dict[str, str]:
    """Return what is stored instead of a result: the error in words."""
    return {GAVE_UP: f"{type(error).__name__}: {error}"}


def _count(me: Job, failures: int) -> None:
    me.meta["failures"] = failures
    me.save_meta()


def finished_before(job: Job) -> Result | None:
    """Return the result of a job that has finished and is run again, as RQ may do; or None."""
    done = (result for result in job.results() if result.type == result.Type.SUCCESSFUL)
    return next(done, None)


def gave_up(result: Any) -> bool:
    """Return whether this is what `catch_final_failure` returns instead of a result."""
    return isinstance(result, dict) and GAVE_UP in result
