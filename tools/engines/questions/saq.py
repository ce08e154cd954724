"""SAQ: it has no chain. A job enqueues the next one, `ctx["worker"].queue.enqueue(…)`.

A join is `await queue.map(…)`, which waits for all parts: here in a job of its own. Arguments are
keywords. The worker is `saq …settings` with its defaults. A worker sweeps when it starts. We
saw this sweep abort a join that the worker had just fetched (its error says "swept").
"""

import asyncio

from saq import Queue

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["saq", f"{__name__}.settings"]


async def a(ctx: dict, then: str) -> None:
    note("a")
    await ctx["worker"].queue.enqueue(then, key="b")


async def b(ctx: dict) -> None:
    note("b")
    broken()
    await ctx["worker"].queue.enqueue("c", key="c")


async def slow(ctx: dict) -> None:
    note("b")
    await asyncio.sleep(seconds_left("b"))
    note("b ended")
    await ctx["worker"].queue.enqueue("c", key="c")


async def c(ctx: dict, **named: object) -> None:
    note("c", **named)


async def part(ctx: dict, number: int) -> int:
    note("part")
    if number:
        broken()
    return number


async def joined(ctx: dict, parts: int) -> None:
    numbers = [{"number": number, "key": f"part {number}"} for number in range(parts)]
    note("c", await ctx["worker"].queue.map("part", numbers))


async def give(ctx: dict, kind: str) -> None:
    note("give")
    await ctx["worker"].queue.enqueue("c", got=GIVEN[kind])


async def step(ctx: dict, left: int) -> None:
    note("c")
    if left > 1:
        await ctx["worker"].queue.enqueue("step", left=left - 1)


queue = Queue.from_url(URL or "redis://")
settings = {"queue": queue, "functions": [a, b, slow, c, part, joined, give, step]}


async def fails() -> dict:
    await queue.enqueue("a", key="a", then="b")
    return {"a": "a", "b": "b", "c": "c"}


async def seen(ids: dict) -> dict:
    jobs = {name: await queue.job(key) for name, key in ids.items()}
    states = {name: job.status.value if job else None for name, job in jobs.items()}
    return {"how": "Queue.job()", **states}


async def again(ids: dict) -> dict:
    await (await queue.job(ids["b"])).retry(None)
    return {"call": "Job.retry()"}


async def join() -> dict:
    await queue.enqueue("joined", key="c", parts=2)
    return {"c": "c"}


async def hand(kind: str) -> None:
    await queue.enqueue("give", kind=kind)


async def empty() -> None:
    await queue.enqueue("joined", parts=0)


async def slow_chain() -> dict:
    await queue.enqueue("a", key="a", then="slow")
    return {"b": "b", "c": "c"}


async def same(which: str) -> str | None:
    job = await queue.enqueue("c", key="same", got=which)
    return None if job else "enqueue() returns None"


async def hundred(steps: int) -> None:
    await queue.enqueue("step", left=steps)
