"""ARQ's worker as the lesson uses it: each note is part of the transaction that it is about."""

import asyncio
import json
from functools import wraps
from itertools import count
from typing import Any

import arq.worker
from arq import ArqRedis, Worker
from arq.worker import get_kwargs
from redis.asyncio.client import Pipeline

from lesson_code.lab.engines.arq import EVENTS, result_of
from lesson_code.lab.engines.arq_notes import (
    RecordingArqRedis,
    add,
    in_each_transaction,
    running,
    slot,
)


@wraps(arq.worker.log_redis_info)
async def _no_info(redis: ArqRedis, log) -> None:
    """Skip ARQ's log of the server's INFO at the start: that round trip is no part of a run."""


arq.worker.log_redis_info = _no_info


class RecordingArqWorker(Worker):
    """ARQ's worker; it also records the start and the end of each job, and its slot."""

    slots: set[int]  # taken, by this worker and by the other workers of the run

    def __init__(self, *args, redis_pool: ArqRedis, **kwargs):
        if not isinstance(redis_pool, RecordingArqRedis):
            raise TypeError("give work_arq the client that `lab.arq()` returns")
        super().__init__(*args, redis_pool=redis_pool, **kwargs)

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        for job_id in job_ids:
            name, taken = job_id.decode(), []
            before = self.tasks.get(name)

            def start(pipe: Pipeline, name=name, taken=taken) -> None:
                slot.set(next(number for number in count(1) if number not in self.slots))
                self.slots.add(slot.get())
                taken.append(slot.get())
                self._note(pipe, name, "started")

            with in_each_transaction(start):
                await super().start_jobs([job_id])
            if self.tasks.get(name) is before:  # another worker took the job first
                self.slots.difference_update(taken)

    async def run_job(self, job_id: str, score: int) -> None:
        add.set(None)  # drop the note of start_jobs; this is a task of its own
        running.set(job_id)
        await super().run_job(job_id, score)

    async def finish_job(
        self,
        job_id: str,
        finish: bool,
        result_data: bytes | None,
        result_timeout_s: float | None,
        keep_result_forever: bool,
        incr_score: int | None,
        *more,
    ) -> None:
        state = self._ended(result_data) if finish else "deferred" if incr_score else "queued"
        with in_each_transaction(lambda pipe: self._note(pipe, job_id, state)):
            await super().finish_job(
                job_id,
                finish,
                result_data,
                result_timeout_s,
                keep_result_forever,
                incr_score,
                *more,
            )
        self.slots.remove(slot.get())

    async def finish_failed_job(self, job_id: str, result_data: bytes | None) -> None:
        kept = self.keep_result_forever or self.keep_result_s > 0
        state = self._ended(result_data if kept else None)
        with in_each_transaction(lambda pipe: self._note(pipe, job_id, state)):
            await super().finish_failed_job(job_id, result_data)
        self.slots.remove(slot.get())

    def cancel_jobs(self) -> list[asyncio.Task]:
        """Cancel the jobs that are running, as SIGTERM does, and return them.

        They stay in their queue.
        """
        from signal import SIGTERM  # not at the top: the lesson must run where there are no signals

        self.handle_sig(SIGTERM)
        return list(self.tasks.values())

    def _ended(self, result_data: bytes | None) -> str:
        """Return the state of a job that has ended with this result."""
        if result_data is None:
            return "not_found"  # ARQ keeps no result
        good = result_of(result_data, self.job_deserializer).success
        return "complete" if good else "complete, failed"

    def _note(self, pipe: Pipeline, job_id: str, what: str) -> None:
        pipe.rpush(EVENTS, json.dumps([f"slot-{slot.get()}", job_id, what]))


def options_of(settings: type) -> dict[str, Any]:
    """Return the options of the worker that a WorkerSettings class sets."""
    return get_kwargs(settings)
