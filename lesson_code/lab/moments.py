"""A Run again, from event to event: how far each job was after it, rebuilt from the record."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from lesson_code.lab.record import Event, JobRecord, Run
from lesson_code.lab.states import kind

MOST = 300  # events; a longer run is not shown one by one
ARQ = {"complete", "complete, failed", "in_progress", "not_found"}


def moments(run: Run) -> list[tuple[str, Run]]:
    """Return what happened, in words, and the jobs as they were then; the last are those of `run`.

    A state is the one that the events tell: a job waits until those in front have ended, is
    "absent" until the job that enqueues it has started, and "queued" between two tries. None for a
    run without events, or a long one.
    """
    return [*_moments(run)] if 0 < len(run.events) <= MOST else []


def _moments(run: Run) -> Iterator[tuple[str, Run]]:
    started = "in_progress" if ARQ & {job.state for job in run.jobs} else "started"
    ahead = defaultdict(list)
    for event in run.events:
        ahead[event.job].append(event)
    past: dict[str, list[Event]] = defaultdict(list)

    def now(job: JobRecord) -> JobRecord:
        """Return the job as it is when `past` has happened."""
        if len(past[job.id]) == len(ahead[job.id]):
            return job  # nothing more happens to it, so this is how it ends
        if not past[job.id]:
            state = _before(job)
        else:
            state = started if past[job.id][-1].what == "started" else "queued"  # for another try
        return replace(job, state=state, result=None, error=None)

    def _before(job: JobRecord) -> str:
        if job.enqueued_by and ahead[job.enqueued_by] and not past[job.enqueued_by]:
            return "absent"
        waits = any(_is_open(run, past, ahead, parent) for parent in job.after)
        return "deferred" if waits else "queued"

    def jobs() -> Run:
        return replace(run, jobs=tuple(map(now, run.jobs)), events=())

    yield "at first", jobs()
    for event in run.events:
        past[event.job].append(event)
        yield _words(event), jobs()


def _is_open(run: Run, past: dict, ahead: dict, job_id: str) -> bool:
    """Whether the job has still to end."""
    if len(past[job_id]) < len(ahead[job_id]):
        return True
    return any(job.id == job_id and kind(job.state) == "waits" for job in run.jobs)


def _words(event: Event) -> str:
    if event.what == "started":
        return f"{event.worker} starts {event.job}"
    return f"{event.job} is {event.what.replace('_', ' ')}, with {event.worker}"


def tries(run: Run, number: int) -> dict[str, int]:
    """Return how often each job has been started when so many events have happened."""
    found: dict[str, int] = defaultdict(int)
    for event in run.events[:number]:
        found[event.job] += event.what == "started"
    return found
