"""Falling back in ARQ: the job that gives up writes that down, and then enqueues what is next."""

from typing import Any

from arq.jobs import Job

from lesson_code.patterns.keep import KEEP


class GaveUp(Exception):
    """The job gave up in an earlier run, and does not try again."""


def _gave_up(job_id: str) -> str:
    return f"gave up:{job_id}"


async def give_up(ctx: dict, why: str) -> None:
    """Write down that this job gives up, and why, before anything is done about it."""
    await ctx["redis"].set(_gave_up(ctx["job_id"]), why, nx=True, ex=KEEP)


async def gave_up(ctx: dict) -> str | None:
    """Return why this job gave up in an earlier run; None if it has not. Ask it before you try."""
    why = await ctx["redis"].get(_gave_up(ctx["job_id"]))
    return why.decode() if why else None


async def enqueue_once(
    ctx: dict, function: str, *args: Any, name: str = "", **kwargs: Any
) -> Job | None:
    """Enqueue `function`; if another run of this job did so, return None.

    The id is made of this job's and of `name`, or else the function's name:
    "pay" -> "pay:invoice". It is taken as long as ARQ keeps the job and its result.
    """
    chain = ctx["job_id"].partition(":")[0]
    job_id = f"{chain}:{name or function}"
    return await ctx["redis"].enqueue_job(function, *args, _job_id=job_id, **kwargs)
