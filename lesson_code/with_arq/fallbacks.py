"""Fallbacks in ARQ: a job that gives up stores its decision first, and then enqueues the next."""

from typing import Any

from arq.jobs import Job

from ..patterns.keep import KEEP


class GaveUp(Exception):
    """The job gave up in an earlier try and does not try again."""


def _gave_up(job_id: str) -> str:
    return f"gave up:{job_id}"


async def give_up(ctx: dict, why: str) -> None:
    """Store that this job gives up, and why, before anything else acts on it."""
    await ctx["redis"].set(_gave_up(ctx["job_id"]), why, nx=True, ex=KEEP)


async def gave_up(ctx: dict) -> str | None:
    """Return why this job gave up in an earlier run; None if it did not. Call it first."""
    why = await ctx["redis"].get(_gave_up(ctx["job_id"]))
    return why.decode() if why else None


async def enqueue_once(
    ctx: dict, function: str, *args: Any, name: str = "", **kwargs: Any
) -> Job | None:
    """Enqueue `function`, or return None if an earlier try of this job has done so.

    The id is made from this job's whole id and `name` (by default the function's name): "pay"
    becomes "pay:invoice". It is taken while ARQ keeps the job or its result.
    """
    job_id = f"{ctx['job_id']}:{name or function}"
    return await ctx["redis"].enqueue_job(function, *args, _job_id=job_id, **kwargs)
