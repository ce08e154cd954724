"""The notes of RQ's workers: which worker runs a job, which job enqueued it, which errors arise."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps

from redis import Redis, RedisError
from redis.client import Pipeline
from rq.exceptions import DeserializationError
from rq.job import Job

from lesson_code.lab.engines.rq import ENQUEUED_BY, EVENTS, TROUBLES
from lesson_code.lab.engines.words import in_words

running: ContextVar[str | None] = ContextVar("job", default=None)  # the job that is running here


class Recorder:
    """The part of a worker class that records events, each in one transaction with the change."""

    connection: Redis
    name: str

    def prepare_job_execution(self, job: Job, *args, **kwargs) -> None:
        with self._told():
            with suppress(DeserializationError):  # the start is stored; RQ will fail the job
                super().prepare_job_execution(job, *args, **kwargs)
            self._record(self.connection, job, "started")
            running.set(job.id)

    def cleanup_execution(self, job: Job, pipeline: Pipeline, *args, **kwargs) -> None:
        running.set(None)
        with self._told():
            super().cleanup_execution(job, pipeline, *args, **kwargs)
            status = job.get_status(refresh=False).value
            # A job with result_ttl=0 is deleted as it finishes; RQ gives it no last status.
            self._record(pipeline, job, "finished" if status == "started" else status)

    def trouble(self, error: BaseException) -> None:
        """Report an error that RQ would take for the job's own, or only log."""
        with suppress(RedisError):
            self.connection.rpush(TROUBLES, f"{self.name}: {in_words(error)}")

    def _record(self, connection: Redis | Pipeline, job: Job, what: str) -> None:
        connection.rpush(EVENTS, json.dumps([self.name, job.id, what]))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.trouble(error)
            raise


create, save = Job.create.__func__, Job.save


@wraps(create)
def _create(cls: type[Job], *args, **kwargs) -> Job:
    """Create the job as RQ does; it remembers the running job that created it."""
    job = create(cls, *args, **kwargs)
    job.made_by = running.get()
    return job


@wraps(save)
def _save(job: Job, pipeline: Pipeline | None = None, *args, **kwargs) -> None:
    """Save the job as RQ does, and note in the same transaction which job made it."""
    save(job, pipeline, *args, **kwargs)
    if made_by := getattr(job, "made_by", None):
        connection = job.connection if pipeline is None else pipeline
        connection.hset(ENQUEUED_BY, job.id, made_by)


Job.create, Job.save = classmethod(_create), _save  # without a Recorder they do what RQ does
