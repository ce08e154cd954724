"""A power cut, played: the first try of a job ends before its worker could tell of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from rq import get_current_job


class PowerCut(Exception):
    """Plays that the worker is gone before RQ hears of the job's end."""


def cut_first_try(where: str) -> None:
    """Raise PowerCut as long as the running RQ job has a retry left."""
    if get_current_job().retries_left:
        raise PowerCut(where)


def cut_after(task: Callable, *args: Any) -> Any:
    """Run `task`, then cut the power: RQ runs the job again, if it may."""
    result = task(*args)
    cut_first_try("after the effect, before RQ was told")
    return result


async def cut_after_arq(ctx: dict, task: Callable, *args: Any) -> Any:
    """Run `task`, then stop its first try: ARQ runs the job again."""
    result = await asyncio.to_thread(task, *args)  # else it would block all jobs
    if ctx["job_try"] == 1:
        raise asyncio.CancelledError  # as when ARQ's worker is stopped
    return result
