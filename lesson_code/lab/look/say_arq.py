"""The sentences of jobs of ARQ."""

from lesson_code.lab.look.facts import RQ, Found
from lesson_code.lab.look.words import Jobs, Sentence, Told, ago, first, ids, names, span, verb


def _definition_expired(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'is', 'are')} in the queue {key!r}, but the definition has"
        " expired (`_expires`, by default 24 hours after it was due), so a worker will only let it"
        " fail: 'job expired'.",
        "Enqueue it again, with a longer `_expires`; the arguments are lost.",
    )


def _dead_in_progress(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    until = max((job.heartbeat_until or 0 for job in jobs), default=0)
    left = span(max(0, until - found.server.now))
    return (
        f"{ids(jobs)} {verb(jobs, 'is', 'are')} in progress, but no worker of {key!r} is there:"
        f" it crashed, and the in-progress key keeps others away for {left}.",
        "Start a worker: it runs the job again when that key has expired.",
    )


def _nobody_serves(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    served = [q.name for q in found.queues if q.engine != RQ and q.workers]
    others = f"; {names(served)} {'has' if len(served) == 1 else 'have'} workers" if served else ""
    return (
        f"{ids(jobs)} {verb(jobs, 'waits', 'wait')} in the queue {key!r}, and no worker serves"
        f" it (there is no key `{key}:health-check`){others}.",
        f"Start a worker with queue_name={key!r}, or enqueue with the _queue_name of one. If a"
        " worker is there: that key is missing for up to an hour after one of several has left.",
    )


def _clock_ahead(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    most = max(job.enqueued_at or 0 for job in jobs) - found.server.now
    return (
        f"{ids(jobs)} {verb(jobs, 'was', 'were')} enqueued in the future, by a clock that is"
        f" {span(most)} ahead of the server's: no worker takes"
        f" {verb(jobs, 'it', 'them')} before its own clock gets there.",
        "Correct the clock of the computer that enqueues (NTP).",
    )


def _not_started(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    due = first(job.due_at for job in jobs)
    return (
        f"{ids(jobs)} {verb(jobs, 'was', 'were')} due {ago(found, due)}, and the worker of"
        f" {key!r} starts nothing: it has crashed (its health check lives on), hangs, or its clock"
        " is behind.",
        "Look whether the worker runs, compare its clock with the server's, and start it again.",
    )


def _abort_mark(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"An abort mark waits for {ids(jobs)}, which no queue holds: the next job with that id is"
        " aborted before it starts.",
        f"Remove the mark: `ZREM arq:abort {jobs[0].id}`.",
    )


def _abort_waits(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"An abort mark is older than the job {ids(jobs)}, which will be aborted before it"
        " starts: an abort() of an ended or unknown job has left it.",
        f"Remove the mark: `ZREM arq:abort {jobs[0].id}`.",
    )


def _abort_ignored(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'is', 'are')} to be aborted and"
        f" {verb(jobs, 'goes', 'go')} on: the worker of {key!r} has no allow_abort_jobs=True.",
        "Start the worker with allow_abort_jobs=True, or wait for the end of the job.",
    )


OF_ARQ: dict[str, Sentence] = {
    "definition-expired": _definition_expired,
    "dead-in-progress": _dead_in_progress,
    "nobody-serves": _nobody_serves,
    "clock-ahead": _clock_ahead,
    "not-started": _not_started,
    "abort-mark": _abort_mark,
    "abort-waits": _abort_waits,
    "abort-ignored": _abort_ignored,
}
