"""ARQ in the classroom: a client and workers that record what they do, and what became of jobs."""

import asyncio
import json
from contextvars import ContextVar
from itertools import count
from typing import Any

import arq.worker
from arq import ArqRedis, Worker
from arq.constants import default_queue_name
from arq.jobs import Job, JobDef, JobResult
from arq.worker import get_kwargs

from lesson_code.lab.record import Event, JobRecord, Run

EVENTS = "lesson:arq:events"  # a list of [slot, job, what]
ENQUEUED_BY = "lesson:arq:enqueued-by"  # a hash: job -> the job that enqueued it
running: ContextVar[str | None] = ContextVar("job", default=None)  # the job that is running here


async def _no_info(redis: ArqRedis, log) -> None:
    """ARQ only logs the server's INFO when it starts, and fakeredis has no INFO."""


arq.worker.log_redis_info = _no_info


class RecordingArqRedis(ArqRedis):
    """ARQ's client; it also records which job has enqueued which."""

    async def enqueue_job(self, function: str, *args, **kwargs) -> Job | None:
        job = await super().enqueue_job(function, *args, **kwargs)
        if job and (parent := running.get()):
            await self.hset(ENQUEUED_BY, job.job_id, parent)
        return job


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

    def cancel_jobs(self) -> list[asyncio.Task]:
        """Cancel the jobs that are running, as SIGTERM does, and return them.

        They stay in their queue.
        """
        from signal import SIGTERM  # not at the top: the lesson is to run where signals are none

        self.handle_sig(SIGTERM)
        return list(self.tasks.values())

    async def _record(self, slot: int, job_id: str, what: str) -> None:
        await self.pool.rpush(EVENTS, json.dumps([f"slot-{slot}", job_id, what]))


def options_of(settings: type) -> dict[str, Any]:
    """Return what a WorkerSettings class says of the worker's options."""
    return get_kwargs(settings)


async def state_of(pool: ArqRedis, job_id: str, queue: str) -> str:
    """Return ARQ's word for the state; of a failed job ARQ says "complete", too."""
    job = Job(job_id, pool, queue)
    info = await job.result_info()
    return "complete, failed" if info and not info.success else (await job.status()).value


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
