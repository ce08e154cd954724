"""A saga in ARQ: steps and undo steps; each job enqueues the next one, forwards and backwards."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from arq import Retry, func
from arq.worker import Function

from ..patterns.calling import call
from ..patterns.keep import KEEP
from ..patterns.tasks import all_different
from .fallbacks import GaveUp, gave_up, give_up
from .retries import retry_or_raise

LATE = 10  # seconds between the time limit of a step and ARQ's own, which would undo nothing


def saga(
    steps: Sequence[tuple[Callable, Callable | None]],
    name: str = "saga",
    undo: str = "undo",
    timeout: float = 290,
    tries: int = 5,
) -> tuple[Function, Function]:
    """Turn functions, plain or coroutine functions, into two functions for a worker.

    Each step comes with the function that undoes it, or None. Enqueue "saga" with the arguments of
    the steps: each step is a job of its own, and its id is made of the first job's id and the
    step's name. When a step fails, the completed steps are undone, the last one first. So is a step
    in which a worker crashed, or which its `timeout` ended: it may have been done.

    A coroutine has failed after `timeout` seconds. A step that raises ARQ's Retry has `tries`
    tries, and so has each undo step, whatever it raises; ARQ's own `max_tries` has to allow as
    many. Two sagas of one worker need a `name` and an `undo` of their own. Raises ValueError for
    two steps of one name.
    """
    names = all_different((task.__name__ for task, _ in steps), "steps of this saga")

    async def do_next(ctx: dict, *args: Any, done: int = 0, root: str = "") -> None:
        root = root or ctx["job_id"]
        if why := await gave_up(ctx):
            await enqueue_undo(ctx, args, root, **json.loads(why))
            raise GaveUp(why)
        mark = f"trying:{ctx['job_id']}"
        died = not await ctx["redis"].set(mark, 1, nx=True, ex=KEEP)
        try:
            async with asyncio.timeout(timeout) as limit:
                await call(steps[done][0], *args)
        except Exception as error:
            if isinstance(error, Retry) and ctx["job_try"] < tries:
                if not died:  # it has told us itself that it is not done
                    await ctx["redis"].delete(mark)
                raise
            why = {"done": done + (died or limit.expired()), "error": repr(error)}
            await give_up(ctx, json.dumps(why))
            await enqueue_undo(ctx, args, root, **why)
            if isinstance(error, Retry):  # this job must not run again
                raise GaveUp(repr(error)) from error
            raise
        if done + 1 < len(steps):
            plan = {"_job_id": f"{root}:{names[done + 1]}", "done": done + 1, "root": root}
            await ctx["redis"].enqueue_job(name, *args, **plan)

    async def undo_last(ctx: dict, *args: Any, done: int, error: str, root: str) -> None:
        try:
            await call(steps[done - 1][1], *args)
        except Exception as failure:
            raise retry_or_raise(ctx, failure, tries) from failure
        await enqueue_undo(ctx, args, root, done - 1, error)

    async def enqueue_undo(ctx: dict, args: tuple, root: str, done: int, error: str) -> None:
        while done and steps[done - 1][1] is None:
            done -= 1
        if done:
            job_id = f"{root}:undo-{names[done - 1]}"
            plan = {"_job_id": job_id, "done": done, "error": error, "root": root}
            await ctx["redis"].enqueue_job(undo, *args, **plan)

    return func(do_next, name=name, timeout=timeout + LATE), func(undo_last, name=undo)
