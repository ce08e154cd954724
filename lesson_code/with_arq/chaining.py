"""Chaining in ARQ: no job waits for another; each job enqueues the next one, with its result."""

from collections.abc import Callable
from typing import Any

from arq import ArqRedis, func
from arq.constants import result_key_prefix
from arq.jobs import Job
from arq.worker import Function
from redis import ResponseError

from ..patterns.calling import call


def chained(task: Callable, then: str | None = None) -> Function:
    """Turn the function `task` into one that ARQ can run, with the same name.

    When the task has returned, the function `then` is enqueued with its result. The id of that job
    is made from this one's: "order-1" becomes "order-1:write_bill". So a step that runs twice
    enqueues the next one once. The task, a plain or a coroutine function, runs on the worker's own
    event loop: keep it short.
    """

    async def run(ctx: dict, *args: Any) -> Any:
        result = await call(task, *args)
        if then:
            next_id = ctx["job_id"].removesuffix(f":{task.__name__}") + f":{then}"
            await ctx["redis"].enqueue_job(then, result, _job_id=next_id)
        return result

    return func(run, name=task.__name__)


async def rerun_failed(redis: ArqRedis, job_id: str) -> Job | None:
    """Enqueue a failed job again: same function, arguments, id and queue.

    The kept result holds all of these, and blocks the id. It is renamed first, and deleted when
    the job is enqueued. A crash in between loses nothing: call this again.
    Returns None when another caller was faster. Raises LookupError when Redis keeps no failed
    result of that id, and ARQ's DeserializationError when it cannot be read.
    """
    kept, aside = result_key_prefix + job_id, result_key_prefix + f"aside:{job_id}"
    reading = {"_deserializer": redis.job_deserializer}
    failed = await Job(job_id, redis, **reading).result_info()
    if failed and not failed.success:
        try:
            await redis.rename(kept, aside)
        except ResponseError:  # it is not there any more
            return None
    else:
        failed = await Job(f"aside:{job_id}", redis, **reading).result_info()
    if failed is None:
        raise LookupError(f"no failed result of {job_id} is kept")
    options = {"_job_id": job_id, "_queue_name": failed.queue_name, **failed.kwargs}
    job = await redis.enqueue_job(failed.function, *failed.args, **options)
    await redis.delete(aside)
    return job
