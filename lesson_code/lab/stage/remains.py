"""What is left of a run's jobs in Redis: looked at again and again, as libraries delete in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain

from arq.constants import (
    default_queue_name,
    in_progress_key_prefix,
    job_key_prefix,
    result_key_prefix,
)
from arq.jobs import DeserializationError, deserialize_job, deserialize_result
from redis import Redis
from rq import Queue
from rq.job import Job

from lesson_code.lab.engines.arq_workers import options_of
from lesson_code.lab.engines.rq import read_run, stored
from lesson_code.lab.engines.words import call_in_words
from lesson_code.lab.record import JobRecord, Run
from lesson_code.lab.stage.story import ArqStory, Outcome, Story


class Remains:
    """The states, calls and results of all jobs that were ever seen in this Redis."""

    ended: frozenset[str]  # states that nothing changes any more
    waits: tuple[float, ...]  # seconds between those who come, besides until somebody notices

    def __init__(self, redis: Redis, queues: Iterable[str]):
        self.redis, self.queues = redis, [*queues]
        self.states: dict[str, str] = {}
        self.tasks: dict[str, str] = {}
        self.results: dict[str, object] = {}

    def is_gone(self, there: Iterable[str]) -> None:
        """Note which jobs are not there any more, and had not ended when they were seen last."""
        for job_id in self.states.keys() - {*there}:
            if self.states[job_id] not in self.ended:
                self.states[job_id] = "deleted"


class RQRemains(Remains):
    """Those of RQ's jobs."""

    ended = frozenset(["finished", "failed", "canceled", "stopped", "deleted"])
    # The second worker may clean the intermediate queue; later the lock of a cleaning that never
    # ended is gone, too.
    waits = (0.0, 0.0, 0.0, 1000.0, 0.0, 0.0)

    def is_open(self) -> bool:
        """Whether RQ still lists a job that is to run, or one that a worker has taken."""
        lists = [
            (queue.key, queue.intermediate_queue_key, started.key, queue.scheduled_job_registry.key)
            for queue in [Queue(name, connection=self.redis) for name in self.queues]
            for started in [queue.started_job_registry]
        ]
        return bool(self.redis.exists(*chain(*lists)))

    def look(self) -> None:
        """Note the states and results that there are now."""
        there = stored(self.redis)
        for job_id, status in there.items():
            state = status or "nothing"
            if job_id not in self.tasks or state == "finished" != self.states.get(job_id):
                job = Job.fetch(job_id, connection=self.redis)
                name = job.func_name.rpartition(".")[2]
                self.tasks[job_id] = call_in_words(name, job.args, job.kwargs)
                if state == "finished":
                    with suppress(Exception):
                        self.results[job_id] = job.return_value()
            self.states[job_id] = state
        self.is_gone(there)

    def places(self) -> dict[str, str]:
        """Return where each job is that has not ended."""
        places = {}
        queued = {
            one.decode()
            for key in self.redis.scan_iter("rq:queue:*", _type="LIST")
            for one in self.redis.lrange(key, 0, -1)
        }
        for job_id, state in self.states.items():
            if state == "queued" and job_id not in queued:
                places[job_id] = "says queued and is in no queue"
            elif state not in self.ended:
                places[job_id] = f"says {state} for ever"
        return places

    def now(self) -> Run:
        """Return the jobs as Redis knows them now."""
        return read_run(self.redis, lost=True)


class ArqRemains(Remains):
    """Those of ARQ's jobs; `queues` names one."""

    ended = frozenset(["complete", "complete, failed", "deleted"])
    waits = (0.0, 0.0, 0.0)

    def queued(self) -> list[tuple[str, float]]:
        """Return the queued jobs, and when they are due."""
        (name,) = self.queues
        return [
            (job_id.decode(), at / 1000)
            for job_id, at in self.redis.zrange(name, 0, -1, withscores=True)
        ]

    def is_open(self) -> bool:
        """Whether a job is queued; ARQ takes it from the queue when its end is stored."""
        return bool(self.queued())

    def look(self) -> None:
        """Note the states and results that there are now."""
        now = dict.fromkeys((job_id for job_id, _ in self.queued()), "queued")
        for key in self.redis.scan_iter(f"{job_key_prefix}*"):
            job_id = key.decode().removeprefix(job_key_prefix)
            now.setdefault(job_id, "lost")
            job = deserialize_job(self.redis.get(key))
            self.tasks[job_id] = call_in_words(job.function, job.args, job.kwargs)
        for key in self.redis.scan_iter(f"{result_key_prefix}*"):
            job_id = key.decode().removeprefix(result_key_prefix)
            with suppress(DeserializationError):
                result = deserialize_result(self.redis.get(key))
                now[job_id] = "complete" if result.success else "complete, failed"
                self.results[job_id] = result.result if result.success else None
                self.tasks[job_id] = call_in_words(result.function, result.args, result.kwargs)
        self.is_gone(now)
        for job_id, state in sorted(now.items()):
            self.tasks.setdefault(job_id, job_id)
            self.states[job_id] = state

    def places(self) -> dict[str, str]:
        """Return where each job is that has not ended."""
        lost, stays = "has a definition and is in no queue", "stays queued for ever"
        left = {job: state for job, state in self.states.items() if state not in self.ended}
        return {job: lost if state == "lost" else stays for job, state in left.items()}

    def now(self) -> Run:
        """Return the jobs as Redis knows them now."""
        self.look()
        jobs = []
        for job, state in self.states.items():
            works = self.redis.exists(in_progress_key_prefix + job)
            task = self.tasks[job].partition("(")[0]
            now = "in_progress" if works else state
            jobs.append(JobRecord(job, task, now, result=self.results.get(job)))
        return Run(tuple(jobs))


def remains_of(story: Story | ArqStory, redis: Redis) -> RQRemains | ArqRemains:
    """Return what is to look at the jobs of this story."""
    if isinstance(story, Story):
        return RQRemains(redis, story.queues)
    return ArqRemains(redis, [options_of(story.settings).get("queue_name", default_queue_name)])


def outcome_of(remains: Remains, effects: Counter, hangs: str = "") -> Outcome:
    """Return what is left, and what was done."""
    states, tasks, results = remains.states, remains.tasks, remains.results
    return Outcome(states, tasks, results, effects, remains.places(), hangs)


class Patience:
    """How long until the next worker comes, as long as one has died, or time may help.

    `noticed` seconds after a death somebody notices; then one comes after each of the `waits`.
    """

    def __init__(self, noticed: float, waits: tuple[float, ...]):
        self.noticed, self.waits = noticed, waits
        self.mourned = 0  # deaths that were noticed
        self.begin()

    def begin(self) -> None:
        """Be patient anew."""
        self.left = iter(self.waits)

    def next(self, deaths: int, is_open: bool) -> float | None:
        """Return in how many seconds the next worker comes; None if nobody has to come any more."""
        if deaths > self.mourned:
            self.mourned = deaths
            self.begin()
        elif not is_open:
            return None
        wait = next(self.left, None)
        return None if wait is None else self.noticed + wait
