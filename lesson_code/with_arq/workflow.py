"""A workflow in ARQ, which has no `depends_on`: each step counts down its open parents."""

import asyncio
import inspect
import pickle
from collections.abc import Sequence
from typing import Any

from arq import ArqRedis
from arq.constants import result_key_prefix

from lesson_code.patterns.keep import KEEP
from lesson_code.patterns.workflow import Steps, WorkflowError, in_order


def _step(name: str) -> str:
    """A hash: "plan" is the step's task, parents and children, "result" what the task returned."""
    return f"workflow:{name}"


def _open(name: str) -> str:
    """A set: the parents that the step still waits for."""
    return f"workflow:{name}:open"


async def enqueue_workflow(pool: ArqRedis, steps: Steps) -> None:
    """Enqueue the steps that wait for nothing; each step enqueues those that it sets free.

    A step's name is its job's id. Its task is a plain function or a coroutine function of a
    module, and gets the results of its parents, in their order. The worker needs
    `functions = [run_step]`. Enqueue the workflow again to resume it: what has finished keeps
    its result, what has failed and what comes after it runs.

    Raises WorkflowError for an unknown parent or a cycle, before anything is enqueued.
    """
    names = in_order(steps)
    children: dict[str, list[str]] = {name: [] for name in names}
    for name in names:
        for parent in steps[name][1]:
            children[parent].append(name)
    async with pool.pipeline(transaction=True) as pipe:
        for name in names:
            task, parents = steps[name]
            pipe.hset(_step(name), "plan", pickle.dumps((task, parents, children[name])))
            pipe.expire(_step(name), KEEP)
            pipe.delete(_open(name))
            if parents:
                pipe.sadd(_open(name), *parents)
                pipe.expire(_open(name), KEEP)
        await pipe.execute()
    finished = [name for name in names if await pool.hexists(_step(name), "result")]
    for name in set(names).difference(finished):
        await pool.delete(result_key_prefix + name)  # a failure that ARQ keeps blocks the id
    for name in finished:
        await _cross_off(pool, name, children[name])
    await _enqueue_free(pool, names)


async def run_step(ctx: dict, name: str) -> Any:
    """Run the task of a step on its parents' results, once; then enqueue what it sets free.

    ARQ may start a job a second time. A task that has finished is not run again then, and the
    steps behind it are enqueued if that was missed. Raises what the task raises; WorkflowError
    when Redis has forgotten the workflow.
    """
    redis: ArqRedis = ctx["redis"]
    task, parents, children = await _read(redis, name, "plan")
    if not await redis.hexists(_step(name), "result"):
        results = [await _read(redis, parent, "result") for parent in parents]
        if inspect.iscoroutinefunction(task):
            result = await task(*results)
        else:
            result = await asyncio.to_thread(task, *results)
        await redis.hset(_step(name), "result", pickle.dumps(result))
    await _cross_off(redis, name, children)
    await _enqueue_free(redis, children)
    return await _read(redis, name, "result")


async def _cross_off(redis: ArqRedis, name: str, children: Sequence[str]) -> None:
    """Cross `name` off the open parents of its children; a second time that changes nothing."""
    for child in children:
        await redis.srem(_open(child), name)


async def _enqueue_free(redis: ArqRedis, names: Sequence[str]) -> None:
    """Enqueue those steps that have no open parent and no result; ARQ refuses a second time."""
    for name in names:  # the last parent to be crossed off finds the set gone: none is missed
        if not await redis.exists(_open(name)) and not await redis.hexists(_step(name), "result"):
            await redis.enqueue_job("run_step", name, _job_id=name)


async def _read(redis: ArqRedis, name: str, field: str) -> Any:
    value = await redis.hget(_step(name), field)
    if value is None:
        raise WorkflowError(f"Redis has no {field} of {name!r} (any more)")
    return pickle.loads(value)
