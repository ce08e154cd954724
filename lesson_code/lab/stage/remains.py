"""The rest of a run's jobs in Redis, read again and again, because libraries delete over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from arq.constants import (
    abort_jobs_ss,
    default_queue_name,
    in_progress_key_prefix,
    job_key_prefix,
    result_key_prefix,
)
from redis import Redis
from rq import Queue
from rq.job import Job

from lesson_code.lab.engines.arq import definition_of, result_of
from lesson_code.lab.engines.arq_workers import options_of
from lesson_code.lab.engines.redis_words import AT_ONCE
from lesson_code.lab.engines.rq import read_run, stored
from lesson_code.lab.engines.rq_tasks import call_of
from lesson_code.lab.engines.words import call_in_words
from lesson_code.lab.record import JobRecord, Run
from lesson_code.lab.stage.story import ArqStory, Outcome, Story


@dataclass(frozen=True)
class Known:
    """All known facts about the jobs when the last workers had stopped."""

    states: dict[str, str]
    tasks: dict[str, str]
    results: dict[str, object]


class Remains:
    """The states, calls and results of all jobs that were ever seen in this Redis."""

    ended: frozenset[str]  # final states
    waits: tuple[float, ...]  # seconds between later workers, after the first one

    def __init__(self, redis: Redis):
        self.redis = redis
        self.states: dict[str, str] = {}
        self.tasks: dict[str, str] = {}
        self.results: dict[str, object] = {}

    def known(self) -> Known:
        """Return a copy of the facts so far."""
        return Known(dict(self.states), dict(self.tasks), dict(self.results))

    def know(self, known: Known) -> None:
        """Replace the known facts."""
        self.states, self.tasks = dict(known.states), dict(known.tasks)
        self.results = dict(known.results)

    def is_gone(self, there: Iterable[str]) -> None:
        """Note jobs that have disappeared although they had not ended."""
        for job_id in self.states.keys() - {*there}:
            if self.states[job_id] not in self.ended:
                self.states[job_id] = "deleted"


class RQRemains(Remains):
    """The states, calls and results of RQ's jobs."""

    def __init__(self, redis: Redis, story: Story):
        super().__init__(redis)
        self.story = story
        self._here = {"connection": redis, "serializer": story.serializer}

    ended = frozenset(["finished", "failed", "canceled", "stopped", "deleted"])
    # The second worker may clean the intermediate queue; later the lock of a cleaning that never
    # ended is gone, too.
    waits = (0.0, 0.0, 0.0, 1000.0, 0.0, 0.0)

    def is_open(self) -> bool:
        """Return whether RQ still lists a job that will run, or one that a worker has taken."""
        lists = [
            (queue.key, queue.intermediate_queue_key, started.key, queue.scheduled_job_registry.key)
            for name in self.story.served(self.redis)
            for queue in [Queue(name, connection=self.redis)]
            for started in [queue.started_job_registry]
        ]
        return bool(self.redis.exists(*chain(*lists)))

    def look(self) -> None:
        """Note the current states and results."""
        there = stored(self.redis)
        for job_id, status in there.items():
            state = status or "nothing"
            if job_id not in self.tasks:
                job = self.story.job_class.fetch(job_id, **self._here)
                self.tasks[job_id] = call_of(job)
            if state == "finished" != self.states.get(job_id):
                with suppress(Exception):
                    self.results[job_id] = Job(job_id, **self._here).return_value()
            self.states[job_id] = state
        self.is_gone(there)

    def places(self) -> dict[str, str]:
        """Return the place of each job that has not ended."""
        places = {}
        queued = {
            one.decode()
            for key in self.redis.scan_iter("rq:queue:*", _type="LIST", count=AT_ONCE)
            for one in self.redis.lrange(key, 0, -1)
        }
        for job_id, state in self.states.items():
            if state == "queued" and job_id not in queued:
                places[job_id] = "says queued and is in no queue"
            elif state not in self.ended:
                places[job_id] = f"stays {state} forever"
        return places

    def now(self) -> Run:
        """Return the jobs as they are in Redis now."""
        return read_run(self.redis, lost=True)


class ArqRemains(Remains):
    """The states, calls and results of ARQ's jobs; the workers listen to the queue `queue`."""

    def __init__(self, redis: Redis, queue: str):
        super().__init__(redis)
        self.queue = queue

    ended = frozenset(["complete", "complete, failed", "deleted"])
    waits = (0.0, 0.0, 0.0)

    def queued(self) -> list[tuple[str, float]]:
        """Return the queued jobs, and when they are due."""
        return [
            (job_id.decode(), at / 1000)
            for job_id, at in self.redis.zrange(self.queue, 0, -1, withscores=True)
        ]

    def _is_elsewhere(self, job_id: str) -> bool:
        """Return whether the job is in a queue that no worker of the story listens to."""
        keys = self.redis.scan_iter(_type="ZSET", count=AT_ONCE)
        return any(self.redis.zscore(key, job_id) for key in keys if key != abort_jobs_ss.encode())

    def is_open(self) -> bool:
        """Return whether a job is queued; ARQ takes it from the queue when it stores its end."""
        return bool(self.queued())

    def look(self) -> None:
        """Note the current states and results."""
        now = dict.fromkeys((job_id for job_id, _ in self.queued()), "queued")
        for key in self.redis.scan_iter(f"{job_key_prefix}*", count=AT_ONCE):
            job_id = key.decode().removeprefix(job_key_prefix)
            now.setdefault(job_id, "queued" if self._is_elsewhere(job_id) else "lost")
            job = definition_of(self.redis.get(key))
            self.tasks[job_id] = call_in_words(job.function, job.args, job.kwargs)
        for key in self.redis.scan_iter(f"{result_key_prefix}*", count=AT_ONCE):
            job_id = key.decode().removeprefix(result_key_prefix)
            result = result_of(self.redis.get(key))
            now[job_id] = "complete" if result.success else "complete, failed"
            self.results[job_id] = result.result if result.success else None
            self.tasks[job_id] = call_in_words(result.function, result.args, result.kwargs)
        self.is_gone(now)
        for job_id, state in sorted(now.items()):
            self.tasks.setdefault(job_id, job_id)
            self.states[job_id] = state

    def places(self) -> dict[str, str]:
        """Return the place of each job that has not ended."""
        lost, stays = "has a definition and is in no queue", "stays queued forever"
        left = {job: state for job, state in self.states.items() if state not in self.ended}
        return {job: lost if state == "lost" else stays for job, state in left.items()}

    def now(self) -> Run:
        """Return the jobs as they are in Redis now."""
        self.look()
        jobs = []
        for job, state in self.states.items():
            works = self.redis.exists(in_progress_key_prefix + job)
            task = self.tasks[job].partition("(")[0]
            now = "in_progress" if works else state
            jobs.append(JobRecord(job, task, now, result=self.results.get(job)))
        return Run(tuple(jobs))


def remains_of(story: Story | ArqStory, redis: Redis) -> RQRemains | ArqRemains:
    """Return the object that reads the jobs of this story."""
    if isinstance(story, Story):
        return RQRemains(redis, story)
    return ArqRemains(redis, queue_of(story))


def queue_of(story: ArqStory) -> str:
    """Return the name of the queue that the workers of the story listen to."""
    return options_of(story.settings).get("queue_name", default_queue_name)


def outcome_of(remains: Remains, effects: Counter, hangs: str = "") -> Outcome:
    """Return the remaining jobs and the effects as an Outcome."""
    states, tasks, results = remains.states, remains.tasks, remains.results
    return Outcome(states, tasks, results, effects, remains.places(), hangs)


class Patience:
    """The time until the next worker starts, as long as one has crashed, or time may help.

    `noticed` seconds after a crash an operator notices it; then a worker starts after each of the
    `waits`.
    """

    def __init__(self, noticed: float, waits: tuple[float, ...]):
        self.noticed, self.waits = noticed, waits
        self.mourned = 0  # crashes that were noticed
        self.begin()

    def begin(self) -> None:
        """Start the waits again."""
        self.left = iter(self.waits)

    def next(self, crashes: int, is_open: bool) -> float | None:
        """Return in how many seconds the next worker starts; None if no more workers are needed."""
        if crashes > self.mourned:
            self.mourned = crashes
            self.begin()
        elif not is_open:
            return None
        wait = next(self.left, None)
        return None if wait is None else self.noticed + wait
