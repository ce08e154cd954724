"""Retrying in RQ: how long to wait, and which errors are worth another try."""

from random import Random
from typing import Any

from rq import get_current_job

from ..patterns.tasks import FAILURES, Task
from .chaining import call


def backoff_intervals(tries: int, first: int = 1, rng: Random | None = None) -> list[int]:
    """Return the waits before `tries` retries: `first`, and then twice the wait before.

    With `rng` each wait is random, from 1 to that number ("full jitter"). RQ needs whole seconds.
    """
    waits = [first * 2**n for n in range(tries)]
    return [rng.randint(1, wait) for wait in waits] if rng else waits


def retry_on(
    errors: type[Exception] | tuple[type[Exception], ...], task: Task, *args: Any, **kwargs: Any
) -> Any:
    """Run `task`. Only the errors in `errors` are retried; every other error is final.

    Enqueue it instead of the task, with its retries:
    `queue.enqueue(retry_on, OSError, task, ..., retry=Retry(max=3))`.
    A try whose worker process is killed uses up a retry, too.

    Raises what `task` raises; that is the error of the job.
    """
    try:
        return call(task, *args, **kwargs)
    except errors:
        raise
    except FAILURES:
        get_current_job().retries_left = 0  # RQ looks at it when the error comes out
        raise
