"""Best practices in ARQ: coroutines that survive a second run, and what to watch."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from arq import ArqRedis

from lesson_code.worlds import till as shop

KEEP = 24 * 60 * 60  # seconds that Redis keeps a run's checkpoints after the last one


async def ship(ctx: dict, order: str) -> str:
    return shop.ship(order)


async def pay(ctx: dict, file: str, order: str, cents: int) -> str:
    return await dying_after(ctx, shop.pay, file, order, cents)


async def pay_once(ctx: dict, file: str, order: str, cents: int) -> str:
    return await dying_after(ctx, shop.pay_once, file, order, cents)


async def dying_after(ctx: dict, task: Callable, *args: Any) -> Any:
    result = await asyncio.to_thread(task, *args)  # else it would block all jobs
    if ctx["job_try"] == 1:
        raise asyncio.CancelledError  # as when ARQ's worker is stopped
    return result


async def run_steps(names: list[str], work: Callable, redis: ArqRedis, run: str) -> dict:
    """Do what `lesson_code.patterns.checkpoints.run_steps` does, with ARQ's client."""
    key = f"checkpoints:{run}"
    stored = (await redis.hgetall(key)).items()
    results = {step.decode(): json.loads(result) for step, result in stored}
    for step in names:
        if step not in results:
            results[step] = await asyncio.to_thread(work, step)
            async with redis.pipeline() as both:
                both.hset(key, step, json.dumps(results[step])).expire(key, KEEP)
                await both.execute()
    return results


async def import_with_hash(ctx: dict, inbox: str, names: list[str], run: str) -> int:
    work = partial(shop.count_orders, inbox)
    return sum((await run_steps(names, work, ctx["redis"], run)).values())


async def import_with_table(ctx: dict, *args: Any) -> int:
    return await asyncio.to_thread(shop.import_with_table, *args)


async def health(pool: ArqRedis, now: datetime) -> dict[str, int]:
    """Count what is in the queue, and how long its next job has waited."""
    first = await pool.zrange(pool.default_queue_name, 0, 0, withscores=True)
    waited = now.timestamp() - first[0][1] / 1000 if first else 0
    return {
        "waiting": await pool.zcard(pool.default_queue_name),
        "minutes waited": round(waited / 60),
        "failed": sum(not job.success for job in await pool.all_job_results()),
    }
