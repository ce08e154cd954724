"""ARQ: it has no chain. A job enqueues the next one, `ctx["redis"].enqueue_job(…)`.

A join is a job that awaits the results of its parts, `asyncio.gather(*(part.result() …))`. The
worker is `arq …WorkerSettings` with its defaults.
"""

import asyncio

from arq import create_pool, func
from arq.connections import RedisSettings
from arq.jobs import Job

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["arq", f"{__name__}.WorkerSettings"]
SETTINGS = RedisSettings.from_dsn(URL or "redis://")


async def a(ctx: dict, then: str) -> None:
    note("a")
    await ctx["redis"].enqueue_job(then, _job_id="b")


async def b(ctx: dict) -> None:
    note("b")
    broken()
    await ctx["redis"].enqueue_job("c", _job_id="c")


async def slow(ctx: dict) -> None:
    note("b")
    await asyncio.sleep(seconds_left("b"))
    note("b ended")
    await ctx["redis"].enqueue_job("c", _job_id="c")


async def c(ctx: dict, *got: object) -> None:
    note("c", *got)


async def part(ctx: dict, number: int) -> int:
    note("part")
    if number:
        broken()
    return number


async def joined(ctx: dict, parts: int) -> None:
    jobs = [await ctx["redis"].enqueue_job("part", number) for number in range(parts)]
    note("c", await asyncio.gather(*(job.result() for job in jobs)))


async def give(ctx: dict, kind: str) -> None:
    note("give")
    await ctx["redis"].enqueue_job("c", GIVEN[kind])


async def step(ctx: dict, left: int) -> None:
    note("c")
    if left > 1:
        await ctx["redis"].enqueue_job("step", left - 1)


class WorkerSettings:
    functions = (a, b, slow, c, part, func(joined, name="joined"), give, step)
    redis_settings = SETTINGS


async def _enqueue(name: str, *args: object, **options: object) -> Job | None:
    return await (await create_pool(SETTINGS)).enqueue_job(name, *args, **options)


async def fails() -> dict:
    await _enqueue("a", "b", _job_id="a")
    return {"a": "a", "b": "b", "c": "c"}


async def seen(ids: dict) -> dict:
    redis, states = await create_pool(SETTINGS), {}
    for name, id_ in ids.items():
        job = Job(id_, redis)
        status, info = (await job.status()).value, await job.result_info()
        ended = status if info is None else f"{status}, {'' if info.success else 'un'}successful"
        states[name] = None if status == "not_found" else ended
    return {"how": "Job.status()", **states}


async def again(ids: dict) -> dict:
    await _enqueue("b")
    return {"call": 'enqueue_job("b")', "anew": True}


async def join() -> dict:
    await _enqueue("joined", 2, _job_id="c")
    return {"c": "c"}


async def hand(kind: str) -> None:
    await _enqueue("give", kind)


async def empty() -> None:
    await _enqueue("joined", 0)


async def slow_chain() -> dict:
    await _enqueue("a", "slow", _job_id="a")
    return {"b": "b", "c": "c"}


async def same(which: str) -> str | None:
    job = await _enqueue("c", which, _job_id="same")
    return None if job else "enqueue_job() returns None"


async def hundred(steps: int) -> None:
    await _enqueue("step", steps)
