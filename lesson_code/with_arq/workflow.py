"""A workflow in ARQ, which has no `depends_on`: each step knows the steps that wait for it."""

import pickle
from collections.abc import Sequence
from typing import Any

from arq import ArqRedis
from arq.constants import result_key_prefix

from ..patterns.calling import call_in_thread
from ..patterns.keep import KEEP
from ..patterns.tasks import load, named
from ..patterns.workflow import Steps, WorkflowError, in_order
from .together import enqueue_atomically


def _step(job_id: str) -> str:
    """A hash: "plan" is the step's task, parents and children, "result" what the task returned."""
    return f"workflow:{job_id}"


def _open(job_id: str) -> str:
    """A set: the parents that the step still waits for."""
    return f"workflow:{job_id}:open"


async def enqueue_workflow(pool: ArqRedis, steps: Steps, run: str = "") -> None:
    """Enqueue the steps without parents; each step enqueues the next ones that are ready.

    The id of a job is the name of the run and that of the step: "monday:extract". Its task is a
    plain function or a coroutine function of a module, and gets the results of its parents, in
    their order. The worker needs `functions = [run_step]`. Enqueue a run again to resume it: steps
    that have finished keep their results; a step that has failed runs again, and those after it. A
    step that is new in the plan is added; do that when none of them is running.

    Raises WorkflowError for an unknown parent or a cycle, and ValueError for a task that no worker
    can import, before anything is written.
    """
    ids = {name: f"{run}:{name}" if run else name for name in in_order(steps)}
    plans: dict[str, tuple] = {}
    for name, job_id in ids.items():
        task, parents = steps[name]
        plans[job_id] = (named(task), [ids[parent] for parent in parents], [])
    for job_id, (_, parents, _) in plans.items():
        for parent in dict.fromkeys(parents):
            plans[parent][2].append(job_id)
    async with pool.pipeline(transaction=True) as pipe:
        for job_id, plan in plans.items():
            pipe.hset(_step(job_id), "plan", _dumps(pool, plan))
            pipe.expire(_step(job_id), KEEP)
            pipe.delete(_open(job_id))
            if parents := plan[1]:
                pipe.sadd(_open(job_id), *parents)
                pipe.expire(_open(job_id), KEEP)
        for job_id in plans:
            pipe.hexists(_step(job_id), "result")
        has_result = (await pipe.execute())[-len(plans) :] if plans else []
    finished = [job_id for job_id, there in zip(plans, has_result, strict=True) if there]
    async with pool.pipeline(transaction=True) as pipe:
        for job_id in {*plans}.difference(finished):
            pipe.delete(result_key_prefix + job_id)  # a failure that ARQ keeps blocks the id
        for job_id in finished:
            _cross_off(pipe, job_id, plans[job_id][2])
        free = await _free(pipe, [*plans])
    await enqueue_atomically(pool, {job_id: ("run_step", job_id) for job_id in free})


async def run_step(ctx: dict, job_id: str) -> Any:
    """Run the task of a step on its parents' results; then enqueue the next steps that are ready.

    ARQ may start a job a second time. If the result of the task is stored by then, the task does
    not run again, and the next steps are enqueued if the first run missed that. If a worker crashes
    before the result is stored, the effect happens twice. Raises what the task raises, and
    WorkflowError when Redis has forgotten the workflow.
    """
    redis: ArqRedis = ctx["redis"]
    plan, result = await redis.hmget(_step(job_id), "plan", "result")
    task, parents, children = _read(redis, plan, job_id, "plan")
    if result is None:
        async with redis.pipeline() as pipe:  # without parents nothing is sent
            for parent in parents:
                pipe.hget(_step(parent), "result")
            kept = zip(parents, await pipe.execute(), strict=True)
        results = [_read(redis, value, parent, "result") for parent, value in kept]
        result = _dumps(redis, await call_in_thread(load(task), *results))
    async with redis.pipeline(transaction=True) as pipe:
        pipe.hset(_step(job_id), "result", result)
        _cross_off(pipe, job_id, children)
        free = await _free(pipe, children)
    for child in free:
        await redis.enqueue_job("run_step", child, _job_id=child)
    return _read(redis, result, job_id, "result")


def _cross_off(pipe: Any, job_id: str, children: Sequence[str]) -> None:
    """Remove a step from the open parents of its children; a second time changes nothing."""
    for child in children:
        pipe.srem(_open(child), job_id)


async def _free(pipe: Any, ids: Sequence[str]) -> list[str]:
    """Execute the transaction; return the steps that then have no open parent and no result."""
    for job_id in ids:  # the last parent to be crossed off finds the set gone: none is missed
        pipe.exists(_open(job_id))
        pipe.hexists(_step(job_id), "result")
    told = (await pipe.execute())[-2 * len(ids) :] if ids else await pipe.execute()
    return [ids[n] for n in range(len(ids)) if not any(told[2 * n : 2 * n + 2])]


def _dumps(redis: ArqRedis, value: Any) -> bytes:
    """Return the value in the pool's own serializer, which expects a dictionary."""
    return (redis.job_serializer or pickle.dumps)({"value": value})


def _read(redis: ArqRedis, text: bytes | None, job_id: str, field: str) -> Any:
    if text is None:
        raise WorkflowError(f"Redis has no {field} of {job_id!r}, or no longer")
    return (redis.job_deserializer or pickle.loads)(text)["value"]
