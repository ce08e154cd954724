"""Reading a Run from Redis: ARQ's own data about its jobs, and the notes of its workers."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

from arq import ArqRedis
from arq.constants import abort_jobs_ss, job_key_prefix, result_key_prefix
from arq.jobs import (
    DeserializationError,
    Deserializer,
    Job,
    JobDef,
    JobResult,
    deserialize_job,
    deserialize_result,
)

from lesson_code.lab.engines.redis_words import AT_ONCE
from lesson_code.lab.engines.unreadable import outline, with_cause
from lesson_code.lab.engines.words import call_in_words, in_words
from lesson_code.lab.record import Event, JobRecord, Run, Unreadable

EVENTS = "lesson:arq:events"  # a list of [slot, job, what]
ENQUEUED_BY = "lesson:arq:enqueued-by"  # a hash: job -> the job that enqueued it
UNNAMED = "lesson:arq:unnamed"  # a list of the jobs without ids of their own, in their order


async def read_arq_run(pool: ArqRedis) -> Run:
    """Return the Run: its jobs, and the events since the workers started.

    The jobs are those that have ended, and those in a queue, also in one without a worker.
    """
    parents = {k.decode(): v.decode() for k, v in (await pool.hgetall(ENQUEUED_BY)).items()}
    known = [(job, job.queue_name) for job in await _ended_jobs(pool)]
    async for key in pool.scan_iter(_type="ZSET", count=AT_ONCE):
        if (name := key.decode()) != abort_jobs_ss:
            ids = [one.decode() for one in await pool.zrange(name, 0, -1)]
            known += [(job, name) for job_id in ids if (job := await _queued_job(pool, job_id))]
    order = {one.decode(): n for n, one in enumerate(await pool.lrange(UNNAMED, 0, -1))}
    # ARQ's time is in milliseconds: several jobs may have been enqueued in one.
    known.sort(key=lambda one: (one[0].enqueue_time, order.get(one[0].job_id, -1), one[0].job_id))
    jobs = [await _record_of(pool, job, queue, parents) for job, queue in known]
    events = [Event(*json.loads(event)) for event in await pool.lrange(EVENTS, 0, -1)]
    return Run(tuple(jobs), tuple(events))


async def _ended_jobs(pool: ArqRedis) -> list[JobResult]:
    keys = await pool.keys(f"{result_key_prefix}*")
    stored = [(key, raw) for key in keys if (raw := await pool.get(key))]
    return [
        replace(
            result_of(raw, pool.job_deserializer),
            job_id=key.decode().removeprefix(result_key_prefix),
        )
        for key, raw in stored
    ]


async def _queued_job(pool: ArqRedis, job_id: str) -> JobDef | None:
    raw = await pool.get(job_key_prefix + job_id)
    return replace(definition_of(raw, pool.job_deserializer), job_id=job_id) if raw else None


def result_of(raw: bytes, deserializer: Deserializer | None = None) -> JobResult:
    """Return a job's result; a part of it that cannot be read is an `Unreadable`."""
    try:
        return deserialize_result(raw, deserializer=deserializer)
    except DeserializationError as error:
        why = error
    known = _outline(raw)
    good = bool(known["s"])
    return deserialize_result(
        raw,
        deserializer=lambda _: (
            known
            | {
                "a": (),
                "k": {},
                "r": Unreadable(in_words(why.__cause__) if good else with_cause(why)),
            }
        ),
    )


def definition_of(raw: bytes, deserializer: Deserializer | None = None) -> JobDef:
    """Return what is stored of a job; it is without arguments if they cannot be read."""
    try:
        return deserialize_job(raw, deserializer=deserializer)
    except DeserializationError:
        return deserialize_job(raw, deserializer=lambda _: _outline(raw) | {"a": (), "k": {}})


def _outline(raw: bytes) -> dict[str, Any]:
    """Return all that is known of a job that cannot be read, under ARQ's own short keys."""
    known = {"t": 0, "f": "?", "s": False, "et": 0, "st": 0, "ft": 0}
    with suppress(Exception):  # these may be no data of `pickle`
        known |= outline(raw)
    return known


async def _record_of(pool: ArqRedis, job: JobDef, queue: str, parents: dict[str, str]) -> JobRecord:
    ended = isinstance(job, JobResult)
    good, bad = ended and job.success, ended and not job.success
    state = "complete" if good else "complete, failed" if bad else None  # ARQ: "complete" for both
    return JobRecord(
        id=job.job_id,
        task=job.function,
        state=state or (await Job(job.job_id, pool, queue).status()).value,
        after=(parents[job.job_id],) if job.job_id in parents else (),
        result=job.result if good else None,
        error=_error_of(job.result) if bad else None,
        call=call_in_words(job.function, job.args, job.kwargs),
    )


def _error_of(result: Any) -> str:
    """Return the error in words; ARQ keeps a text instead of an error that it could not pickle."""
    if isinstance(result, Unreadable):
        return result.why
    return in_words(result) if isinstance(result, BaseException) else str(result)
