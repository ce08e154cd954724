"""The record of a run: jobs, states, dependencies, results and events.

Printed, a record is the text of its picture. The `repr` of a Run has its fields. That of a Fate or
of Fates is one line, because the steps would fill a screen.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

MADE_UP = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")  # an id
NO_TRIES_LEFT = "JobExecutionFailed: max "  # "… 5 retries exceeded": ARQ's error


@dataclass(frozen=True)
class JobRecord:
    """A job as Redis knows it at the end of a run."""

    id: str
    task: str  # the function's name; of a helper, that of the task which it is given
    state: str  # the library's own word
    after: tuple[str, ...] = ()  # the ids of the jobs that it depends on
    result: Any = None
    error: str | None = None  # "ValueError: what was wrong"
    even_if_failed: bool = False  # it runs even if a dependency has failed
    enqueued_by: str | None = None  # the id of the job that enqueued it while running
    call: str = field(default="", compare=False, repr=False)  # "charge('A7')", if it is known
    # Only a job in the Redis of a project has these (lab/look); a run of the lesson has none.
    queue: str = field(default="", compare=False, repr=False)
    tries: int = field(default=0, compare=False, repr=False)  # starts, as Redis counts them
    retries_left: int | None = field(default=None, compare=False, repr=False)
    age: float | None = field(default=None, compare=False, repr=False)  # seconds in this state
    due: float | None = field(default=None, compare=False, repr=False)  # seconds until it is due
    ran: float | None = field(default=None, compare=False, repr=False)  # seconds of its last run


@dataclass(frozen=True)
class Unreadable:
    """Stands for a result that is stored, and cannot be unpickled."""

    why: str  # "AttributeError: what is missing"

    def __repr__(self) -> str:
        return f"(cannot be read: {self.why})"


class InWords(str):
    """Stands for a result that is known only as text: another project has stored it."""

    def __repr__(self) -> str:
        return str(self)


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

    def __str__(self) -> str:
        from lesson_code.lab.pictures import job_graph  # not at the top: pictures are of records

        return job_graph(self).text

    def __getitem__(self, job_id: str) -> JobRecord:
        """Return the job with this id, or with this name.

        Raises KeyError with the known names for an unknown one.
        """
        for job in self.jobs:
            if job.id == job_id:
                return job
        for job in self.jobs:
            if self.names[job.id] == job_id:
                return job
        raise KeyError(f"no job {job_id!r}; there are: {', '.join(self.names.values())}")

    @cached_property
    def names(self) -> dict[str, str]:
        """Return the name of each job in pictures, by id: its own id, or "charge", "charge 2".

        A job whose id the library has made up is named after its task; such jobs of one task are
        numbered in the order in which they were enqueued.
        """
        names = {job.id: job.id for job in self.jobs if not MADE_UP.fullmatch(job.id)}
        taken, number = set(names), Counter()
        for job in self.jobs:
            while job.id not in names:
                number[job.task] += 1
                name = f"{job.task} {number[job.task]}" if number[job.task] > 1 else job.task
                if name not in taken:
                    names[job.id] = name
        return names

    @property
    def states(self) -> dict[str, str]:
        """Return the state of each job, by id."""
        return {job.id: job.state for job in self.jobs}

    @property
    def attempts(self) -> dict[str, int]:
        """Return how often a worker has started each job, by the events, or by what Redis counts.

        The last start of an ARQ job that had no tries left does not count: its task was not run.
        """
        unrun = [job.id for job in self.jobs if (job.error or "").startswith(NO_TRIES_LEFT)]
        told = {job.id: job.tries for job in self.jobs if job.tries}
        return told | dict(Counter(self.order) - Counter(unrun))

    @property
    def order(self) -> list[str]:
        """Return the ids of the jobs in the order in which workers started them."""
        return [event.job for event in self.events if event.what == "started"]


@dataclass(frozen=True)
class Step:
    """One round trip of a worker to Redis, or an effect of a task: a place of a crash or a stop."""

    worker: str
    job: str  # the job that it is about; "" for none
    command: str  # "LMOVE", "EXEC: HSET, ZADD", or the call: "charge('A7')"
    keys: tuple[str, ...] = ()  # in Redis, which it touches
    writes: bool = False
    says: str = ""  # in a learner's words: "notes that the job has started"


@dataclass(frozen=True, repr=False)
class Fate:
    """The end of one of many runs of the same story."""

    token: str  # names the run, so that it can be shown again
    kind: str  # "unharmed", "twice", "lost", "hangs"
    steps: tuple[Step, ...] = ()  # of the whole run, in their order
    crashes: tuple[int, ...] = ()  # numbers of the steps before which a worker crashed
    says: str = ""  # what is wrong, and where, in a sentence
    harms: tuple[tuple[str, str], ...] = ()  # all faults: a kind, and words
    where: str = ""  # which worker crashes or goes on at which place, in words
    stops: tuple[int, ...] = ()  # numbers of the steps before which a worker was told to stop

    @property
    def ends(self) -> tuple[int, ...]:
        """Return the numbers of the steps before which a worker crashed or was told to stop."""
        return tuple(sorted((*self.crashes, *self.stops)))

    def __str__(self) -> str:
        from lesson_code.lab.pictures import lanes

        return lanes(self).text

    def __repr__(self) -> str:
        return f"<Fate {self.token}: {self.kind}, {len(self.steps)} steps>"


@dataclass(frozen=True, repr=False)
class Fates:
    """All the runs that were played, in order, and how many there are in total.

    `warnings` names what could not be played, a sentence each.
    """

    fates: tuple[Fate, ...]
    possible: int
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        from lesson_code.lab.pictures import crash_map

        return crash_map(self).text

    def __repr__(self) -> str:
        kinds = Counter(fate.kind for fate in self.fates)
        counted = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items())
        return f"<Fates of {len(self.fates):,} runs of {self.possible:,}: {counted or 'none'}>"
