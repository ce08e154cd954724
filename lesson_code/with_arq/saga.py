"""A saga in ARQ: steps and undo steps; each job enqueues the next one, forwards and backwards."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from arq import func
from arq.worker import Function

from lesson_code.patterns.keep import KEEP
from lesson_code.with_arq.fallbacks import GaveUp, enqueue_once, gave_up, give_up


def saga(steps: Sequence[tuple[Callable, Callable | None]]) -> tuple[Function, Function]:
    """Turn plain functions into two functions for a worker, "saga" and "undo".

    Each step comes with the function that undoes it, or None. Enqueue "saga" with the arguments of
    the steps: each step is a job of its own. When one fails, the completed steps are undone, the
    last one first. So is a step in which a worker crashed, because it may have been done.
    Raises ValueError for two steps of one name: the ids of the jobs are made of the names.
    """
    names = [task.__name__ for task, _ in steps]
    if len({*names}) < len(names):
        raise ValueError(f"two steps of this saga have the same name: {', '.join(names)}")

    async def do_next(ctx: dict, *args: Any, done: int = 0) -> None:
        if why := await gave_up(ctx):
            await enqueue_undo(ctx, args, **json.loads(why))
            raise GaveUp(why)
        died = not await ctx["redis"].set(f"trying:{ctx['job_id']}", 1, nx=True, ex=KEEP)
        try:
            steps[done][0](*args)
        except Exception as error:
            why = {"done": done + died, "error": repr(error)}
            await give_up(ctx, json.dumps(why))
            await enqueue_undo(ctx, args, **why)
            raise
        if done + 1 < len(steps):
            await enqueue_once(ctx, "saga", *args, name=names[done + 1], done=done + 1)

    async def undo_last(ctx: dict, *args: Any, done: int, error: str) -> None:
        steps[done - 1][1](*args)
        await enqueue_undo(ctx, args, done - 1, error)

    async def enqueue_undo(ctx: dict, args: tuple, done: int, error: str) -> None:
        while done and steps[done - 1][1] is None:
            done -= 1
        if done:
            name = f"undo-{names[done - 1]}"
            await enqueue_once(ctx, "undo", *args, name=name, done=done, error=error)

    return func(do_next, name="saga"), func(undo_last, name="undo")
