"""Taskiq on Redis streams, with taskiq-pipelines: `call_next`, and `map` for a join.

The worker is `taskiq worker` with its defaults and one process. A join is the step after a `map`,
whose parts are the items that the step before it has returned.
"""

import asyncio

from taskiq_pipelines import Pipeline, PipelineMiddleware
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["taskiq", "worker", "--workers", "1", f"{__name__}:broker"]
results = RedisAsyncResultBackend(URL)
broker = RedisStreamBroker(URL).with_result_backend(results).with_middlewares(PipelineMiddleware())


@broker.task
async def a() -> str:
    note("a")
    return "a"


@broker.task
async def b(got: str) -> str:
    note("b", got)
    broken()
    return "b"


@broker.task
async def slow(got: str) -> str:
    note("b", got)
    await asyncio.sleep(seconds_left("b"))
    note("b ended")
    return "b"


@broker.task
async def c(*got, **named) -> None:
    note("c", *got, **named)


@broker.task
async def part(number: int) -> int:
    note("part")
    if number:
        broken()
    return number


@broker.task
async def numbers(parts: int) -> list:
    return list(range(parts))


@broker.task
async def give(kind: str):
    note("give")
    return GIVEN[kind]


async def _kiq(pipeline: Pipeline, *args: object) -> dict:
    """Enqueue a pipeline. Return its steps' ids, known as a, b and c, and its last as c."""
    await broker.startup()
    await pipeline.kiq(*args)
    await broker.shutdown()
    ids = [step.task_id for step in pipeline.steps]
    return {"b": ids[1], "c": ids[-1]}


async def fails() -> dict:
    return await _kiq(Pipeline(broker, a).call_next(b).call_next(c))


async def seen(ids: dict) -> dict:
    states = {}
    await broker.startup()
    for name, id_ in ids.items():
        states[name] = None
        if await results.is_result_ready(id_):
            result = await results.get_result(id_)
            states[name] = f"is_err, {result.error!r}" if result.is_err else "a result"
    await broker.shutdown()
    return {"how": "get_result()", **states}


async def join() -> dict:
    return await _kiq(Pipeline(broker, numbers).map(part).call_next(c), 2)


async def hand(kind: str) -> None:
    await _kiq(Pipeline(broker, give).call_next(c), kind)


async def empty() -> None:
    await _kiq(Pipeline(broker, numbers).map(part).call_next(c), 0)


async def slow_chain() -> dict:
    return await _kiq(Pipeline(broker, a).call_next(slow).call_next(c))


async def same(which: str) -> None:
    await broker.startup()
    await c.kicker().with_task_id("same").kiq(which)
    await broker.shutdown()


async def hundred(steps: int) -> None:
    pipeline = Pipeline(broker, c)
    for _ in range(steps - 1):
        pipeline.call_after(c)
    await _kiq(pipeline)
