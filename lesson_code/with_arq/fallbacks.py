"""Falling back in ARQ: the job that fails for good enqueues what takes its place."""

from collections.abc import Callable, Sequence
from typing import Any

from arq import func
from arq.jobs import Job
from arq.worker import Function


async def enqueue_once(
    ctx: dict, function: str, *args: Any, name: str = "", **kwargs: Any
) -> Job | None:
    """Enqueue `function`; if another run of this job did so, return None.

    The id is made of this job's and of `name`, or else the function's name:
    "pay" -> "pay:invoice".
    """
    chain = ctx["job_id"].partition(":")[0]
    job_id = f"{chain}:{name or function}"
    return await ctx["redis"].enqueue_job(function, *args, _job_id=job_id, **kwargs)


def saga(steps: Sequence[tuple[Callable, Callable | None]]) -> tuple[Function, Function]:
    """Make the two functions of a worker, "saga" and "undo", of plain functions.

    Each step comes with the one that undoes it, or None. Enqueue "saga" with the arguments
    of the steps: each is a job of its own. When one fails, those that are done are undone,
    the last one first.
    """

    async def do_next(ctx: dict, *args: Any, done: int = 0) -> None:
        try:
            steps[done][0](*args)
        except Exception:
            await enqueue_undo(ctx, args, done)
            raise
        if done + 1 < len(steps):
            name = steps[done + 1][0].__name__
            await enqueue_once(ctx, "saga", *args, name=name, done=done + 1)

    async def undo_last(ctx: dict, *args: Any, done: int) -> None:
        steps[done - 1][1](*args)
        await enqueue_undo(ctx, args, done - 1)

    async def enqueue_undo(ctx: dict, args: tuple, done: int) -> None:
        while done and steps[done - 1][1] is None:
            done -= 1
        if done:
            name = steps[done - 1][1].__name__
            await enqueue_once(ctx, "undo", *args, name=name, done=done)

    return func(do_next, name="saga"), func(undo_last, name="undo")
