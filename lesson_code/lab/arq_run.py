"""ARQ in the classroom: a client that records what it does, and what became of the jobs."""

import asyncio
import json
import logging

from arq import ArqRedis
from arq.constants import default_queue_name
from arq.jobs import Job, JobDef, JobResult
from arq.worker import get_kwargs

from lesson_code.lab.arq_worker import (
    EVENTS,
    RecordingArqWorker,
    running,
    state_of,
    work_together,
)
from lesson_code.lab.run import Event, JobRecord, Run

ENQUEUED_BY = "lesson:arq:enqueued-by"  # a hash: job -> the job that enqueued it


class RecordingArqRedis(ArqRedis):
    """ARQ's client; it also records which job has enqueued which."""

    async def enqueue_job(self, function: str, *args, **kwargs) -> Job | None:
        job = await super().enqueue_job(function, *args, **kwargs)
        if job and (parent := running.get()):
            await self.hset(ENQUEUED_BY, job.job_id, parent)
        return job


async def work_arq(
    pool: ArqRedis, *settings: type, sigterm: asyncio.Event | None = None, **options
) -> Run:
    """Let an ARQ worker with these WorkerSettings run all that is queued. Return the Run.

    With several settings there is a worker for each, and they leave together. When the event
    `sigterm` is set they stop at once, as on that signal. The workers run on this event loop
    and poll every 10 ms; `options` are those of `arq.Worker` and replace what the settings
    say. An arrow in the Run's job graph means "enqueued by": ARQ itself has no dependencies.
    """
    logging.getLogger("arq").setLevel(logging.CRITICAL)
    await pool.delete(EVENTS)
    ours = {"redis_pool": pool, "redis_settings": None, "burst": True, "handle_signals": False}
    given = [{"poll_delay": 0.01, **get_kwargs(one), **options, **ours} for one in settings]
    workers = [RecordingArqWorker(**one) for one in given]
    try:
        await work_together(workers, sigterm or asyncio.Event())
        return await read_arq_run(pool, *sorted({worker.queue_name for worker in workers}))
    finally:
        await pool.delete(EVENTS)


async def read_arq_run(pool: ArqRedis, *queues: str) -> Run:
    """Return the ARQ jobs that have ended or are in these queues (if none: in ARQ's default
    queue), and the events since the workers started.
    """
    parents = {k.decode(): v.decode() for k, v in (await pool.hgetall(ENQUEUED_BY)).items()}
    known = [(job, job.queue_name) for job in await pool.all_job_results()]
    for name in queues or (default_queue_name,):
        known += [(job, name) for job in await pool.queued_jobs(queue_name=name)]
    known.sort(key=lambda one: (one[0].enqueue_time, one[0].job_id))
    jobs = [await _record_of(pool, job, queue, parents) for job, queue in known]
    events = [Event(*json.loads(event)) for event in await pool.lrange(EVENTS, 0, -1)]
    return Run(tuple(jobs), tuple(events))


async def _record_of(pool: ArqRedis, job: JobDef, queue: str, parents: dict[str, str]) -> JobRecord:
    ended = isinstance(job, JobResult)
    good, bad = ended and job.success, ended and not job.success
    return JobRecord(
        id=job.job_id,
        task=job.function,
        state=await state_of(pool, job.job_id, queue),
        after=(parents[job.job_id],) if job.job_id in parents else (),
        result=job.result if good else None,
        error=f"{type(job.result).__name__}: {job.result}".rstrip(": ") if bad else None,
    )
