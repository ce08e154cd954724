"""The findings of a look at a Redis, as plain data. All times are in seconds since 1970."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

RQ, ARQ = "RQ", "ARQ"
MISSING = "missing"  # the state of an id that Redis still names, and whose job is gone
FAILED_IN_ARQ = "complete, failed"


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A job, or an id without a job. A fact that could not be told is None."""

    id: str
    engine: str  # RQ or ARQ
    queue: str
    state: str  # the library's own word; see lab/states.py
    task: str = ""  # the function's name as it was enqueued
    after: tuple[str, ...] = ()  # the ids of its dependencies
    dependents: tuple[str, ...] = ()  # the ids of the jobs that name it as a dependency
    unknown_to: tuple[str, ...] = ()  # dependencies that do not know that this job waits for them
    even_if_failed: bool = False  # Dependency(allow_failure=True)
    error: str | None = None  # the last line of its traceback: "ValueError: what was wrong"
    never_ran: bool = False  # the worker could not read the job, or not import its task
    call: str = ""  # the task with its arguments; only read on demand
    result: str | None = None  # its result as text; only read on demand
    created_at: float | None = None
    enqueued_at: float | None = None
    due_at: float | None = None  # when a scheduled job is due
    started_at: float | None = None
    ended_at: float | None = None
    heartbeat_at: float | None = None  # the last sign of life of its run
    heartbeat_until: float | None = None  # after that moment the run counts as abandoned
    attempts: int | None = None  # those that have begun
    retries_left: int | None = None
    worker: str = ""  # the name of the worker that has it or had it
    expires_in: float | None = None  # seconds until Redis deletes it
    result_ttl: int | None = None  # seconds; RQ's default is 500
    failure_ttl: int | None = None
    places: tuple[str, ...] = ()  # the lists that name it: "queue", "taken", "wip", "deferred", …
    serializer: str = ""  # "pickle" or "JSON", if it can be told


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """A worker. ARQ's have no names: there one stands for all workers of a queue."""

    name: str
    engine: str
    queues: tuple[str, ...]
    alive: bool
    state: str = ""
    job: str = ""  # the id of the job at which it is
    born_at: float | None = None
    heartbeat_at: float | None = None
    expires_in: float | None = None  # seconds until Redis forgets it
    clock_ahead: float | None = None  # seconds by which its clock is ahead of the server's
    version: str = ""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue, with the number of the ids in each of its lists."""

    name: str
    engine: str
    counts: dict[str, int]
    workers: int  # those that are alive
    scheduler: bool = False  # an RQ scheduler holds the lock of this queue


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """A rate limit of RQ 3: so many of its jobs may be queued or running at the same time."""

    name: str
    slots: int
    holders: tuple[str, ...]  # the ids of the jobs that have one
    running: tuple[str, ...]  # those of them that a worker runs, even if they were cancelled
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """The server and its settings. A refused question leaves None; `untold` names the question."""

    now: float  # the server's clock, or if it cannot be asked, ours
    version: str | None = None
    maxmemory: int | None = None  # bytes; 0 is without a limit
    policy: str | None = None  # its maxmemory-policy
    append_only: bool | None = None
    snapshots: str | None = None  # the setting "save"; "" for none
    suspended: bool = False  # `rq suspend` has been called
    untold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """The findings of a look."""

    jobs: tuple[JobFacts, ...]
    workers: tuple[WorkerFacts, ...]
    queues: tuple[QueueFacts, ...]
    server: ServerFacts
    whole: bool = True  # False: the limit was reached, there are more jobs
    aborts: dict[str, float] = field(default_factory=dict)  # ARQ's abort marks: id, since when
    limits: tuple[LimitFacts, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, JobFacts]:
        """Return the jobs by their ids; of an id that both libraries have, RQ's job."""
        return {job.id: job for job in reversed(self.jobs)}

    @cached_property
    def by_engine(self) -> dict[tuple[str, str], JobFacts]:
        """Return the jobs by engine and id."""
        return {(job.engine, job.id): job for job in self.jobs}

    @cached_property
    def limit_of(self) -> dict[str, LimitFacts]:
        """Return the rate limit of each job that waits for one of its slots."""
        return {one: limit for limit in self.limits for one in limit.waiting}

    def with_jobs(self, jobs: Iterable[JobFacts]) -> "Found":
        """Return the same with these jobs instead."""
        return replace(self, jobs=tuple(jobs))
