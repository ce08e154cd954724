"""Each feature of ARQ that sends commands of its own, used once."""

import asyncio
from contextlib import suppress

from arq import ArqRedis, Retry, Worker, cron
from arq.connections import log_redis_info
from arq.jobs import Job
from arq.worker import JobExecutionFailed


async def fine(ctx: dict) -> str:
    return "fine"


async def again(ctx: dict) -> str:
    if ctx["job_try"] < 2:
        raise Retry(defer=0.01)
    return "at last"


async def slow(ctx: dict) -> None:
    await asyncio.sleep(60)


async def fails(ctx: dict) -> None:
    raise ValueError("as planned")


async def use(pool: ArqRedis) -> None:
    """Use each feature in this Redis, which it empties."""
    await pool.flushdb()
    await log_redis_info(pool, lambda text: None)
    for name in ("fine", "again", "slow", "fails", "unknown"):
        await pool.enqueue_job(name, _job_id=name)
    assert await pool.enqueue_job("fine", _job_id="fine") is None
    later = await pool.enqueue_job("fine", _job_id="later", _defer_by=60, _expires=90)
    assert len(await pool.queued_jobs()) == 6 and await later.info() and await later.status()
    worker = Worker(
        [fine, again, slow, fails],
        redis_pool=pool, burst=False, poll_delay=0.01, handle_signals=False, keep_result=60,
        allow_abort_jobs=True, health_check_interval=0.1,
        cron_jobs=[cron(fine, second=set(range(60)), run_at_startup=True)],
    )  # fmt: skip
    working = asyncio.create_task(worker.async_run())
    assert await Job("fine", pool).result(timeout=9, poll_delay=0.01) == "fine"
    assert await Job("again", pool).result(timeout=9, poll_delay=0.01) == "at last"
    assert await Job("slow", pool).abort(timeout=9, poll_delay=0.01)
    assert await later.abort(timeout=9, poll_delay=0.01)
    with suppress(ValueError, JobExecutionFailed):
        await Job("fails", pool).result(timeout=9, poll_delay=0.01)
    assert await pool.all_job_results()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    await pool.flushdb()
    await pool.enqueue_job("fine", _job_try=2)
    burst = Worker(
        [fine], redis_pool=pool, burst=True, poll_delay=0.01, handle_signals=False,
        max_burst_jobs=1, keep_result=0,
    )  # fmt: skip
    assert await burst.run_check() == 1
