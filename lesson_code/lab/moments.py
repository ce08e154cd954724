"""A Run step by step: the state of each job after each event, rebuilt from the record."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from lesson_code.lab.record import Event, JobRecord, Run
from lesson_code.lab.states import kind

MOST = 300  # events; a longer run is not shown step by step
ARQ = {"complete", "complete, failed", "in_progress", "not_found"}


def moments(run: Run) -> list[tuple[str, Run]]:
    """Return each event in words, with the jobs as they were after it; the last are those of `run`.

    The states come from the events: a job waits until its dependencies have ended, is "absent"
    until the job that enqueues it starts, and is "queued" between two attempts. Return an empty
    list for a run without events, or with more than MOST.
    """
    return [*_moments(run)] if 0 < len(run.events) <= MOST else []


def _moments(run: Run) -> Iterator[tuple[str, Run]]:
    started = "in_progress" if ARQ & {job.state for job in run.jobs} else "started"
    ahead = defaultdict(list)
    for event in run.events:
        ahead[event.job].append(event)
    past: dict[str, list[Event]] = defaultdict(list)

    def now(job: JobRecord) -> JobRecord:
        """Return the job as it is after the events in `past`."""
        if len(past[job.id]) == len(ahead[job.id]):
            return job  # it has no more events, so this is its end
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

    def jobs(number: int) -> Run:
        return replace(run, jobs=tuple(map(now, run.jobs)), events=run.events[:number])

    yield "at first", jobs(0)
    for number, event in enumerate(run.events, start=1):
        past[event.job].append(event)
        after = jobs(number)
        yield _words(event, after), after


def _is_open(run: Run, past: dict, ahead: dict, job_id: str) -> bool:
    """Return whether the job has still to end."""
    if len(past[job_id]) < len(ahead[job_id]):
        return True
    return any(job.id == job_id and kind(job.state) == "waits" for job in run.jobs)


def _words(event: Event, after: Run) -> str:
    """Return what happened; the jobs `after` it tell a failed attempt from a failed job."""
    attempt = after.attempts.get(event.job, 1)
    if event.what == "started":
        return f"{event.worker} starts {event.job}" + f", attempt {attempt}" * (attempt > 1)
    what = event.what.replace("_", " ")
    if kind(after[event.job].state) == "waits":
        return f"attempt {attempt} of {event.job} has {what}, with {event.worker}"
    return f"{event.job} is {what}, with {event.worker}"
