"""ARQ workers on this event loop that record what they do, and leave together."""

import asyncio
import json
from contextvars import ContextVar
from itertools import count

import arq.worker
from arq import ArqRedis, Worker
from arq.jobs import Job

EVENTS = "lesson:arq:events"  # a list of [slot, job, what]
running: ContextVar[str | None] = ContextVar("job", default=None)  # the job that is running here


async def _no_info(redis: ArqRedis, log) -> None:
    """ARQ only logs the server's INFO when it starts, and fakeredis has no INFO."""


arq.worker.log_redis_info = _no_info


class RecordingArqWorker(Worker):
    """ARQ's worker; it also records the start and the end of each job, and its slot."""

    slots: set[int]  # taken, by this worker and by those beside it

    async def run_job(self, job_id: str, score: int) -> None:
        running.set(job_id)
        slot = next(number for number in count(1) if number not in self.slots)
        self.slots.add(slot)
        await self._record(slot, job_id, "started")
        await super().run_job(job_id, score)
        put_off = (await self.pool.zscore(self.queue_name, job_id) or 0) > score
        state = "deferred" if put_off else await state_of(self.pool, job_id, self.queue_name)
        await self._record(slot, job_id, state)
        self.slots.remove(slot)

    async def _record(self, slot: int, job_id: str, what: str) -> None:
        await self.pool.rpush(EVENTS, json.dumps([f"slot-{slot}", job_id, what]))


async def state_of(pool: ArqRedis, job_id: str, queue: str) -> str:
    """Return ARQ's word for the state; of a failed job ARQ says "complete", too."""
    job = Job(job_id, pool, queue)
    info = await job.result_info()
    return "complete, failed" if info and not info.success else (await job.status()).value


async def work_together(workers: list[RecordingArqWorker], sigterm: asyncio.Event) -> None:
    """Let burst workers work until all their queues are empty, or until `sigterm` is set."""
    from signal import SIGTERM  # not at the top: the lesson is to run where there are no signals

    slots: set[int] = set()
    for worker in workers:
        worker.slots = slots
    queues = {worker.queue_name for worker in workers}
    working = asyncio.gather(*(_work(worker, queues) for worker in workers))
    told = asyncio.create_task(sigterm.wait())
    try:
        await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()  # raises what a worker has raised
    finally:
        told.cancel()
        working.cancel()
        for worker in workers:
            worker.handle_sig(SIGTERM)  # cancels its jobs; they stay in the queue
        jobs = [task for worker in workers for task in worker.tasks.values()]
        await asyncio.gather(working, *jobs, return_exceptions=True)


async def _work(worker: Worker, queues: set[str]) -> None:
    """Work until all queues are empty; a job stays in its queue until it has ended."""
    await worker.main()
    while any([await worker.pool.zcard(queue) for queue in queues]):
        await asyncio.sleep(worker.poll_delay_s)
        await worker.main()
