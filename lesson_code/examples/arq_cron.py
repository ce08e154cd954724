"""A cron job of ARQ that asks for another try."""

import asyncio

from arq import ArqRedis, Retry, cron

from lesson_code.lab.record import Run
from lesson_code.lab.stage.work_arq import work_arq


async def tidy(ctx: dict) -> str:
    """Ask for a second try in the first one."""
    if ctx["job_try"] == 1:
        raise Retry(defer=0)
    return f"tidy at try {ctx['job_try']}"


async def tidy_for_a_minute(pool: ArqRedis, max_tries: int) -> Run:
    """Run `tidy` when a worker starts, and a minute later whatever is left, with the same worker.

    The minute takes no time: the marks that Redis would delete at its end are deleted at once.
    """
    ended = asyncio.Event()

    async def stop(ctx: dict) -> None:
        ended.set()

    plan = {"hour": 3, "minute": 0, "run_at_startup": True, "keep_result": 60}
    nightly = type("Nightly", (), {"cron_jobs": [cron(tidy, max_tries=max_tries, **plan)]})
    await work_arq(pool, nightly, after_job_end=stop, sigterm=ended)
    await pool.delete(*await pool.keys("arq:in-progress:*"))
    return await work_arq(pool, nightly)
