"""streaQ: `.then()`, and `.start(after=[…])` for a join; `streaq run` with its defaults."""

import asyncio

from streaq import Worker

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["streaq", "run", f"{__name__}:worker"]
worker = Worker(redis_url=URL)


@worker.task
async def a() -> str:
    note("a")
    return "a"


@worker.task
async def b(*got: object) -> str:
    note("b", *got)
    broken()
    return "b"


@worker.task
async def slow(*got: object) -> str:
    note("b", *got)
    await asyncio.sleep(seconds_left("b"))
    note("b ended")
    return "b"


@worker.task
async def c(*got: object, **named: object) -> None:
    note("c", *got, **named)


@worker.task
async def part(number: int) -> int:
    note("part")
    if number:
        broken()
    return number


@worker.task
async def give(kind: str) -> object:
    note("give")
    return GIVEN[kind]


async def _chain(second: object) -> dict:
    async with worker:
        last = await a.enqueue().then(second).then(c)
    return {"b": last._after.id, "c": last.id}


async def fails() -> dict:
    return await _chain(b)


async def seen(ids: dict) -> dict:
    states = {}
    async with worker:
        for name, id_ in ids.items():
            status = (await worker.status_by_id(id_)).value
            states[name] = None if status == "missing" else status
            if status == "done":
                result = await worker.result_by_id(id_)
                states[name] += "" if result.success else f", {result.exception!r}"
    return {"how": "Task.status()", **states}


async def parts() -> list[str]:
    async with worker:
        return [(await part.enqueue(number)).id for number in (0, 1)]


async def join_after(ids: list[str]) -> dict:
    async with worker:
        return {"c": (await c.enqueue().start(after=ids)).id}


async def join() -> dict:
    return await join_after(await parts())


async def hand(kind: str) -> None:
    async with worker:
        await give.enqueue(kind).then(c)


async def empty() -> None:
    async with worker:
        await c.enqueue().start(after=[])


async def slow_chain() -> dict:
    return await _chain(slow)


async def same(which: str) -> None:
    async with worker:
        task = c.enqueue(which)
        task.id = "same"
        await task


async def hundred(steps: int) -> None:
    async with worker:
        chain = c.enqueue()
        for _ in range(steps - 1):
            chain = chain.then(c)
        await chain
