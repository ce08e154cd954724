"""A simulated crash: a job's first attempt ends before its worker can report the end."""

import asyncio
from collections.abc import Callable
from typing import Any

from rq import get_current_job


class SimulatedCrash(Exception):
    """Simulates that the worker crashes before RQ hears of the job's end."""


def crash_first_attempt(where: str) -> None:
    """Raise SimulatedCrash as long as the running RQ job has a retry left."""
    if get_current_job().retries_left:
        raise SimulatedCrash(where)


def crash_after(task: Callable, *args: Any) -> Any:
    """Run `task`, then crash: RQ runs the job again, if a retry is left."""
    result = task(*args)
    crash_first_attempt("after the effect, before RQ was told")
    return result


async def cut_after_arq(ctx: dict, task: Callable, *args: Any) -> Any:
    """Run `task`, then stop the first attempt: ARQ runs the job again."""
    result = await asyncio.to_thread(task, *args)  # else it would block all jobs
    if ctx["job_try"] == 1:
        raise asyncio.CancelledError  # as when ARQ's worker is stopped
    return result
