"""The jobs that a look has found as a Run, so that they can be drawn. Their data stays hidden."""

import re

from lesson_code.lab.look.facts import ARQ, MISSING, Found, JobFacts
from lesson_code.lab.look.linked import connected
from lesson_code.lab.record import InWords, JobRecord, Run
from lesson_code.lab.states import kind

NOT_READ = "not read"  # the state of a dependency beyond the limit of the look
NAME = re.compile(r"[^\W\d][\w.]*")  # of a function or a class; all other words could be data
# RQ itself says so of a job whose worker is gone; there is no data in these words.
OF_RQ = re.compile(r"Work-horse terminated unexpectedly|(?<=due to )AbandonedJobError")
# No XML document can hold them, and a terminal would obey some of them.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class NothingFound(ValueError):
    """No job of the Redis is what was asked for; the message says so in a sentence."""


def as_run(found: Found, show_data: bool = False) -> Run:
    """Return the jobs that were found, in the order in which they were enqueued.

    Calls, results and the messages of errors are hidden unless `show_data` is true. An id that RQ
    and ARQ both use for a job has " (ARQ)" after it in ARQ's.
    """
    jobs = sorted(found.jobs, key=lambda job: job.created_at or job.enqueued_at or 0)
    of_rq = {job.id for job in jobs if job.engine != ARQ}
    records = [_record(job, found.server.now, of_rq, show_data) for job in jobs]
    known = {job.id for job in records}
    unknown = {one: None for job in records for one in job.after if one not in known}
    state = MISSING if found.whole else NOT_READ
    return Run((*(JobRecord(one, "?", state) for one in unknown), *records))


def of_run(run: Run, name: str) -> Run:
    """Return the jobs whose ids begin with this name of a run, with all jobs connected to them.

    The ids are those of the lesson's helpers: "order-7-charge" and "order-7:charge" are of the run
    "order-7". Raises NothingFound if there is no such job.
    """
    begins = (f"{name}-", f"{name}:")
    chosen = {job.id for job in run.jobs if job.id == name or job.id.startswith(begins)}
    if not chosen:
        raise NothingFound(f"no job has an id that begins with {name}- or {name}:")
    kept = connected({job.id: job.after for job in run.jobs}, chosen)
    return Run(tuple(job for job in run.jobs if job.id in kept))


def printable(words: str) -> str:
    """Return the words with an escape for each control character: "\\n" becomes "\\\\n"."""
    return UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], words)


def _record(job: JobFacts, now: float, of_rq: set[str], show_data: bool) -> JobRecord:
    twice = job.engine == ARQ and job.id in of_rq
    error = job.error if show_data else _class_of(job.error)
    return JobRecord(
        id=printable(job.id) + " (ARQ)" * twice,
        task=_name_in(job.task),
        state=printable(job.state),
        after=tuple(map(printable, job.after)),
        result=InWords(printable(job.result)) if show_data and job.result is not None else None,
        error=printable(error) if error else None,
        even_if_failed=job.even_if_failed,
        call=printable(job.call) if show_data else "",
        queue=printable(job.queue),
        tries=job.attempts or 0,
        retries_left=job.retries_left,
        age=_age(job, now),
        due=job.due_at - now if job.due_at is not None and job.due_at > now else None,
        ran=_ran(job),
    )


def _name_in(task: str) -> str:
    """Return the function's name: "charge" of "shop.tasks.charge"; "?" for other words."""
    return task.rpartition(".")[2] if NAME.fullmatch(task) else "?"


def _class_of(error: str | None) -> str | None:
    """Return "CardRefused" of the error "shop.CardRefused: the message"."""
    if not error:
        return None
    if said := OF_RQ.search(error):
        return said[0]
    name = error.partition(":")[0].strip()
    return name.rpartition(".")[2] if NAME.fullmatch(name) else "an error"


def _age(job: JobFacts, now: float) -> float | None:
    """Return for how many seconds the job has been in its state, None if Redis does not tell."""
    enqueued = job.enqueued_at or job.created_at
    if job.state in ("started", "in_progress"):
        since = job.started_at
    else:
        since = enqueued if kind(job.state) == "waits" else job.ended_at
    return max(0.0, now - since) if since is not None else None


def _ran(job: JobFacts) -> float | None:
    """Return for how many seconds the last attempt ran."""
    if job.started_at is None or job.ended_at is None or job.ended_at < job.started_at:
        return None
    return job.ended_at - job.started_at
