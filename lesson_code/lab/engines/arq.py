"""Reading a Run from Redis: ARQ's own data about its jobs, and the notes of its workers."""

import json

from arq import ArqRedis
from arq.constants import default_queue_name
from arq.jobs import Job, JobDef, JobResult

from lesson_code.lab.engines.words import call_in_words, in_words
from lesson_code.lab.record import Event, JobRecord, Run

EVENTS = "lesson:arq:events"  # a list of [slot, job, what]
ENQUEUED_BY = "lesson:arq:enqueued-by"  # a hash: job -> the job that enqueued it


async def state_of(pool: ArqRedis, job_id: str, queue: str) -> str:
    """Return ARQ's name of the state. ARQ calls a failed job "complete", too."""
    job = Job(job_id, pool, queue)
    info = await job.result_info()
    return "complete, failed" if info and not info.success else (await job.status()).value


async def read_arq_run(pool: ArqRedis, *queues: str) -> Run:
    """Return the Run: its jobs, and the events since the workers started.

    The jobs are those that have ended, and those in these queues (if none: in ARQ's default queue).
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
        error=in_words(job.result) if bad else None,
        call=call_in_words(job.function, job.args, job.kwargs),
    )
