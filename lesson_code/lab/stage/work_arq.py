"""Running all queued jobs with ARQ workers, on this event loop; they leave together."""

import asyncio
import logging

from arq import ArqRedis

from lesson_code.lab.engines.arq import EVENTS, read_arq_run
from lesson_code.lab.engines.arq_workers import RecordingArqWorker, options_of
from lesson_code.lab.record import Run


async def work_arq(
    pool: ArqRedis,
    *settings: type,
    sigterm: asyncio.Event | None = None,
    worker_class: type[RecordingArqWorker] = RecordingArqWorker,
    **options,
) -> Run:
    """Run all queued jobs with an ARQ worker that has these WorkerSettings. Return the Run.

    With several settings there is a worker for each, and they leave together. When the event
    `sigterm` is set they stop at once, as on that signal. The workers run on this event loop and
    poll every 10 ms; `options` are those of `arq.Worker` and replace the settings' own. An arrow in
    the Run's job graph means "enqueued by": ARQ itself has no dependencies.
    """
    if not isinstance(pool, ArqRedis):
        raise TypeError(
            "work_arq(pool, settings) takes a client of ARQ's, like pool = lab.arq(),"
            f" and this is of type {type(pool).__name__}"
        )
    claim = getattr(pool.connection_pool, "claim", None)  # the fake has no claim
    if claim:
        claim.check()
    logging.getLogger("arq").setLevel(logging.CRITICAL)
    ours = {"redis_pool": pool, "redis_settings": None, "burst": True, "handle_signals": False}
    given = [{"poll_delay": 0.01, **options_of(one), **options, **ours} for one in settings]
    workers = [worker_class(**one) for one in given]
    await pool.delete(EVENTS)
    try:
        await work_together(workers, sigterm or asyncio.Event())
        return await read_arq_run(pool)
    finally:  # a worker that stops deletes the key of its health check
        await pool.delete(EVENTS, *(worker.health_check_key for worker in workers))


async def work_together(workers: list[RecordingArqWorker], sigterm: asyncio.Event) -> None:
    """Run burst workers until all their queues are empty, or until `sigterm` is set.

    Raises the error of a worker; the others are then stopped.
    """
    slots: set[int] = set()
    for worker in workers:
        worker.slots = slots
    queues = {worker.queue_name for worker in workers}
    working = asyncio.gather(*(_work(worker, queues) for worker in workers))
    told = asyncio.create_task(sigterm.wait())
    try:
        await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()  # raises the error of a worker
    finally:
        told.cancel()
        working.cancel()
        jobs = [task for worker in workers for task in worker.cancel_jobs()]
        ends = await asyncio.gather(working, *jobs, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def _work(worker: RecordingArqWorker, queues: set[str]) -> None:
    """Work until all queues are empty; a job stays in its queue until it has ended."""
    await worker.main()
    while any([await worker.pool.zcard(queue) for queue in queues]):
        await asyncio.sleep(worker.poll_delay_s)
        await worker.main()
