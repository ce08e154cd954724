"""ARQ in the classroom: its client and its worker, which record what they do."""

import json
import logging
from contextvars import ContextVar
from itertools import count

import arq.worker
from arq import ArqRedis, Worker
from arq.jobs import Job, JobDef, JobResult

from lesson_code.lab.run import Event, JobRecord, Run

EVENTS = "lesson:arq:events"  # a list of [slot, job, what]
ENQUEUED_BY = "lesson:arq:enqueued-by"  # a hash: job -> the job that enqueued it
_running: ContextVar[str | None] = ContextVar("job", default=None)


async def _no_info(redis: ArqRedis, log) -> None:
    """ARQ only logs the server's INFO when it starts, and fakeredis has no INFO."""


arq.worker.log_redis_info = _no_info


class RecordingArqRedis(ArqRedis):
    """ARQ's client; it also records which job has enqueued which."""

    async def enqueue_job(self, function: str, *args, **kwargs) -> Job | None:
        job = await super().enqueue_job(function, *args, **kwargs)
        if job and (parent := _running.get()):
            await self.hset(ENQUEUED_BY, job.job_id, parent)
        return job


class RecordingArqWorker(Worker):
    """ARQ's worker; it also records the start and the end of each job, and its slot."""

    async def run_job(self, job_id: str, score: int) -> None:
        _running.set(job_id)
        taken = self.ctx.setdefault("slots", set())
        slot = next(number for number in count(1) if number not in taken)
        taken.add(slot)
        await self._record(slot, job_id, "started")
        await super().run_job(job_id, score)
        await self._record(slot, job_id, await _state(self.pool, job_id))
        taken.remove(slot)

    async def _record(self, slot: int, job_id: str, what: str) -> None:
        await self.pool.rpush(EVENTS, json.dumps([f"slot-{slot}", job_id, what]))


async def work_arq(pool: ArqRedis, settings: type, **options) -> Run:
    """Let an ARQ worker with these WorkerSettings run all that is queued. Return the Run.

    The worker runs on this event loop and polls every 10 ms; `options` are those of
    `arq.Worker` and replace what the settings say. An arrow in the Run's job graph means
    "enqueued by": ARQ itself has no dependencies.
    """
    logging.getLogger("arq").setLevel(logging.CRITICAL)
    await pool.delete(EVENTS)
    given = {"poll_delay": 0.01, **arq.worker.get_kwargs(settings), **options}
    given |= {"redis_pool": pool, "redis_settings": None, "burst": True, "handle_signals": False}
    try:
        await RecordingArqWorker(**given).main()
        return await read_arq_run(pool)
    finally:
        await pool.delete(EVENTS)


async def read_arq_run(pool: ArqRedis) -> Run:
    """Return all ARQ jobs in this Redis, and the events since the worker started."""
    parents = {k.decode(): v.decode() for k, v in (await pool.hgetall(ENQUEUED_BY)).items()}
    known = [*await pool.all_job_results(), *await pool.queued_jobs()]
    jobs = [
        await _record_of(pool, job, parents)
        for job in sorted(known, key=lambda job: (job.enqueue_time, job.job_id))
    ]
    events = [Event(*json.loads(event)) for event in await pool.lrange(EVENTS, 0, -1)]
    return Run(tuple(jobs), tuple(events))


async def _record_of(pool: ArqRedis, job: JobDef, parents: dict[str, str]) -> JobRecord:
    after = (parents[job.job_id],) if job.job_id in parents else ()
    state = await _state(pool, job.job_id)
    ended = isinstance(job, JobResult)
    good, bad = ended and job.success, ended and not job.success
    return JobRecord(
        id=job.job_id,
        task=job.function,
        state=state,
        after=after,
        result=job.result if good else None,
        error=f"{type(job.result).__name__}: {job.result}" if bad else None,
    )


async def _state(pool: ArqRedis, job_id: str) -> str:
    """Return ARQ's word for the state; of a failed job ARQ says "complete", too."""
    job = Job(job_id, pool)
    info = await job.result_info()
    return "complete, failed" if info and not info.success else (await job.status()).value
