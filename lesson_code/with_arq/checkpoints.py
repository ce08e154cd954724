"""Checkpoints with ARQ's client: each step's result is stored at once, under RQ's very keys."""

import json
from collections.abc import Callable

from arq import ArqRedis

from ..patterns.calling import call_in_thread
from ..patterns.keep import KEEP


async def run_steps(names: list[str], work: Callable, redis: ArqRedis, run: str) -> dict:
    """Do what `patterns.checkpoints.run_steps` does, with ARQ's client.

    `work` is a plain function, which runs in a thread, or a coroutine function.
    """
    key = f"checkpoints:{run}"
    stored = (await redis.hgetall(key)).items()
    results = {step.decode(): json.loads(result) for step, result in stored}
    for step in names:
        if step not in results:
            results[step] = await call_in_thread(work, step)
            async with redis.pipeline() as both:
                both.hset(key, step, json.dumps(results[step])).expire(key, KEEP)
                await both.execute()
    return results
