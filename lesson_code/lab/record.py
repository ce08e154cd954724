"""What happened in a run: jobs, states, dependencies, results and events."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class JobRecord:
    """A job as Redis knows it at the end of a run."""

    id: str
    task: str  # the function's name
    state: str  # the library's own word
    after: tuple[str, ...] = ()  # the ids of the jobs that it depends on
    result: Any = None
    error: str | None = None  # "ValueError: what was wrong"
    even_if_failed: bool = False  # it runs also after a dependency that failed
    enqueued_by: str | None = None  # the id of the job that has enqueued it while it ran
    call: str = field(default="", compare=False, repr=False)  # "charge('A7')", where it is known


@dataclass(frozen=True)
class Event:
    """A worker started a job, or ended it: `what` is "started", else the state it ended in."""

    worker: str
    job: str
    what: str


@dataclass(frozen=True)
class Run:
    """The record of a run. A notebook shows it as its job graph (lab/notebook.py sees to that)."""

    jobs: tuple[JobRecord, ...]  # in the order in which they were enqueued
    events: tuple[Event, ...] = ()  # in the order in which they happened

    def __getitem__(self, job_id: str) -> JobRecord:
        """Return the job `job_id`. Raises KeyError, naming the jobs there are."""
        for job in self.jobs:
            if job.id == job_id:
                return job
        raise KeyError(f"no job {job_id!r}; there are: {', '.join(job.id for job in self.jobs)}")

    @property
    def states(self) -> dict[str, str]:
        """The state of each job, by id."""
        return {job.id: job.state for job in self.jobs}

    @property
    def order(self) -> list[str]:
        """The ids of the jobs in the order in which workers started them."""
        return [event.job for event in self.events if event.what == "started"]


@dataclass(frozen=True)
class Step:
    """One round trip of a worker to Redis, or an effect of a task: a place where it may die."""

    worker: str
    job: str  # the job that it is about; "" for none
    command: str  # "LMOVE", "EXEC: HSET, ZADD", or the call: "charge('A7')"
    keys: tuple[str, ...] = ()  # what it touches in Redis
    writes: bool = False
    says: str = ""  # in a learner's words: "notes that the job has started"


@dataclass(frozen=True)
class Fate:
    """What became of one of many runs of the same story."""

    token: str  # names the run, so that it can be shown again
    kind: str  # "unharmed", "twice", "lost", "hangs"
    steps: tuple[Step, ...] = ()  # of the whole run, in their order
    deaths: tuple[int, ...] = ()  # numbers of the steps before which a worker died
    says: str = ""  # what is wrong, and where, in a sentence
    harms: tuple[tuple[str, str], ...] = ()  # all that is wrong: a kind, and words
    where: str = ""  # who dies or goes on at which place, in words


@dataclass(frozen=True)
class Fates:
    """All the runs that were looked at, in order, and how many there are in all."""

    fates: tuple[Fate, ...]
    possible: int
