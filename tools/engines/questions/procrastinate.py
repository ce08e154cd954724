"""procrastinate on PostgreSQL: it has no chain and no join. A job defers the next one.

The worker is `procrastinate worker` with its defaults. Two jobs "with one id" are two with one
`queueing_lock`, which is how its documentation avoids a second job. Retries are off, as by default.
"""

import asyncio
import datetime

from procrastinate import App, PsycopgConnector

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["procrastinate", "--app", f"{__name__}.app", "worker"]
app = App(connector=PsycopgConnector(conninfo=URL))


@app.task(name="a")
async def a(then: str) -> None:
    note("a")
    await app.configure_task(then).defer_async()


@app.task(name="b")
async def b() -> None:
    note("b")
    broken()
    await c.defer_async()


@app.task(name="slow")
async def slow() -> None:
    note("b")
    await asyncio.sleep(seconds_left("b"))
    note("b ended")
    await c.defer_async()


@app.task(name="c")
async def c(**named: object) -> None:
    note("c", **named)


@app.task(name="give")
async def give(kind: str) -> None:
    note("give")
    await c.defer_async(got=GIVEN[kind])


@app.task(name="step")
async def step(left: int) -> None:
    note("c")
    if left > 1:
        await step.defer_async(left=left - 1)


async def prepare() -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def fails() -> dict:
    async with app.open_async():
        await a.defer_async(then="b")
    return {"b": "b", "c": "c"}


async def seen(ids: dict) -> dict:
    states = {}
    async with app.open_async():
        for name, task in ids.items():
            jobs = list(await app.job_manager.list_jobs_async(task=task))
            states[name] = jobs[0].status if jobs else None
    return {"how": "JobManager.list_jobs_async()", **states}


async def again(ids: dict) -> dict:
    now = datetime.datetime.now(datetime.UTC)
    async with app.open_async():
        (job,) = await app.job_manager.list_jobs_async(task="b")
        await app.job_manager.retry_job_by_id_async(job.id, retry_at=now)
    return {"call": "retry_job_by_id_async()"}


async def hand(kind: str) -> None:
    async with app.open_async():
        await give.defer_async(kind=kind)


async def slow_chain() -> dict:
    async with app.open_async():
        await a.defer_async(then="slow")
    return {"b": "slow", "c": "c"}


async def same(which: str) -> None:
    async with app.open_async():
        await c.configure(queueing_lock="same").defer_async(got=which)


async def hundred(steps: int) -> None:
    async with app.open_async():
        await step.defer_async(left=steps)
