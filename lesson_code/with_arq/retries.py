"""Retries in ARQ: only `raise Retry` leads to another attempt, and the job itself sets the wait."""

from random import Random

from arq import Retry

from ..patterns.calling import TaskFailed, readable


def delay(job_try: int, first: float = 1, rng: Random | None = None) -> float:
    """Return the wait after attempt `job_try`: `first`, then twice as long each time.

    With `rng` it is drawn at random, from 0 to that ("full jitter").
    ARQ takes seconds and fractions of seconds.
    """
    wait = first * 2 ** (job_try - 1)
    return rng.uniform(0, wait) if rng else wait


def retry_or_raise(ctx: dict, error: Exception, tries: int, **wait) -> Exception:
    """Return what to raise after `error`: ARQ's Retry, and on attempt number `tries` the error.

    `raise retry_or_raise(ctx, error, tries=4)`. ARQ's own `max_tries` has to allow as
    many. `wait` is `first` and `rng`, as in `delay`; an error that is a Retry keeps its own.
    """
    asked = isinstance(error, Retry)
    if ctx["job_try"] < tries:
        return error if asked else Retry(defer=delay(ctx["job_try"], **wait))
    return TaskFailed("the task asked for one more try") if asked else readable(error)
