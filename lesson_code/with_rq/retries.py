"""Retrying in RQ: how long to wait, and which errors are worth another try."""

from collections.abc import Callable
from random import Random
from typing import Any

from rq import Retry, get_current_job


def back_off(tries: int, first: int = 1, rng: Random | None = None) -> list[int]:
    """Return the waits before `tries` retries: `first`, then twice as long.

    With `rng` each is drawn by lot, from 1 to that ("full jitter").
    RQ wants whole seconds.
    """
    waits = [first * 2**n for n in range(tries)]
    return [rng.randint(1, wait) for wait in waits] if rng else waits


def retry_on(
    errors: type[Exception] | tuple[type[Exception], ...],
    plan: Retry,
    task: Callable,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Run `task`; when it raises one of `errors`, try again as `plan` says.

    Enqueue it in the task's place:
    `queue.enqueue(retry_on, OSError, Retry(max=3), task, ...)`.

    Raises at once what is not worth another try, and on the last try
    whatever `task` raises: that error is then the error of the job.
    """
    try:
        return task(*args, **kwargs)
    except errors:
        if (get_current_job().number_of_retries or 0) >= plan.max:
            raise
        return plan
