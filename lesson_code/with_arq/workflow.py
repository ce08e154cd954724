"""A workflow in ARQ, which has no `depends_on`: each step crosses itself off what waits for it."""

import asyncio
import inspect
import pickle
from collections.abc import Sequence
from typing import Any

from arq import ArqRedis
from arq.constants import result_key_prefix

from lesson_code.patterns.keep import KEEP
from lesson_code.patterns.workflow import Steps, WorkflowError, in_order
from lesson_code.with_arq.together import enqueue_together


def _step(job_id: str) -> str:
    """A hash: "plan" is the step's task, parents and children, "result" what the task returned."""
    return f"workflow:{job_id}"


def _open(job_id: str) -> str:
    """A set: the parents that the step still waits for."""
    return f"workflow:{job_id}:open"


async def enqueue_workflow(pool: ArqRedis, steps: Steps, run: str = "") -> None:
    """Enqueue the steps that wait for nothing; each step enqueues those that it sets free.

    The id of a job is the step's name, behind that of the run: "monday:extract". Its task is a
    plain function or a coroutine function of a module, and gets the results of its parents, in
    their order. The worker needs `functions = [run_step]`. Enqueue a run again to resume it:
    what has finished keeps its result, what has failed and what comes after it runs.

    Raises WorkflowError for an unknown parent or a cycle, before anything is enqueued.
    """
    ids = {name: f"{run}:{name}" if run else name for name in in_order(steps)}
    children: dict[str, list[str]] = {job_id: [] for job_id in ids.values()}
    for name, job_id in ids.items():
        for parent in steps[name][1]:
            children[ids[parent]].append(job_id)
    async with pool.pipeline(transaction=True) as stroke:
        for name, job_id in ids.items():
            task, parents = steps[name]
            parents = [ids[parent] for parent in parents]
            stroke.hset(_step(job_id), "plan", pickle.dumps((task, parents, children[job_id])))
            stroke.expire(_step(job_id), KEEP)
            stroke.delete(_open(job_id))
            if parents:
                stroke.sadd(_open(job_id), *parents)
                stroke.expire(_open(job_id), KEEP)
        for job_id in children:
            stroke.hexists(_step(job_id), "result")
        has_result = (await stroke.execute())[-len(children) :] if children else []
    finished = [job_id for job_id, there in zip(children, has_result, strict=True) if there]
    async with pool.pipeline(transaction=True) as stroke:
        for job_id in {*children}.difference(finished):
            stroke.delete(result_key_prefix + job_id)  # a failure that ARQ keeps blocks the id
        for job_id in finished:
            _cross_off(stroke, job_id, children[job_id])
        free = await _free(stroke, [*children])
    await enqueue_together(pool, {job_id: ("run_step", job_id) for job_id in free})


async def run_step(ctx: dict, job_id: str) -> Any:
    """Run the task of a step on its parents' results; then enqueue what it sets free.

    ARQ may start a job a second time. When the task's result is written, it is not run again,
    and the steps behind it are enqueued if that was missed; a worker that dies before that
    leaves an effect that happens twice. Raises what the task raises; WorkflowError when Redis
    has forgotten the workflow.
    """
    redis: ArqRedis = ctx["redis"]
    plan, result = await redis.hmget(_step(job_id), "plan", "result")
    task, parents, children = _read(plan, job_id, "plan")
    if result is None:
        async with redis.pipeline() as pipe:  # without parents nothing is sent
            for parent in parents:
                pipe.hget(_step(parent), "result")
            kept = zip(parents, await pipe.execute(), strict=True)
        results = [_read(value, parent, "result") for parent, value in kept]
        if inspect.iscoroutinefunction(task):
            result = pickle.dumps(await task(*results))
        else:
            result = pickle.dumps(await asyncio.to_thread(task, *results))
    async with redis.pipeline(transaction=True) as stroke:
        stroke.hset(_step(job_id), "result", result)
        _cross_off(stroke, job_id, children)
        free = await _free(stroke, children)
    for child in free:
        await redis.enqueue_job("run_step", child, _job_id=child)
    return pickle.loads(result)


def _cross_off(stroke: Any, job_id: str, children: Sequence[str]) -> None:
    """Cross a step off the open parents of its children; a second time that changes nothing."""
    for child in children:
        stroke.srem(_open(child), job_id)


async def _free(stroke: Any, ids: Sequence[str]) -> list[str]:
    """Execute the stroke; return those steps that then have no open parent and no result."""
    for job_id in ids:  # the last parent to be crossed off finds the set gone: none is missed
        stroke.exists(_open(job_id))
        stroke.hexists(_step(job_id), "result")
    told = (await stroke.execute())[-2 * len(ids) :] if ids else await stroke.execute()
    return [ids[n] for n in range(len(ids)) if not any(told[2 * n : 2 * n + 2])]


def _read(value: bytes | None, job_id: str, field: str) -> Any:
    if value is None:
        raise WorkflowError(f"Redis has no {field} of {job_id!r} (any more)")
    return pickle.loads(value)
