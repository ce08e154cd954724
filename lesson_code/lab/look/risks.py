"""Jobs or results that could be lost with these settings. Nothing of this is stuck yet."""

from collections.abc import Iterator

from lesson_code.lab.look.facts import ARQ, FAILED_IN_ARQ, RQ, Found
from lesson_code.lab.look.words import names, span

CLOCK = 2  # seconds by which clocks may differ
RESULT_TTL = 500  # RQ's default, in seconds
WAITS = {"queued", "started", "deferred", "scheduled", "ready_to_enqueue", "rate_limited"}


def risks(found: Found) -> list[str]:
    """Return a sentence for each risk; [] if none is seen."""
    if not found.jobs and not found.workers:
        return []
    return [*_server(found), *_workers(found), *_rq_jobs(found), *_arq_jobs(found)]


def _server(found: Found) -> Iterator[str]:
    server = found.server
    if server.policy and server.policy != "noeviction" and server.maxmemory != 0:
        yield (
            f"maxmemory-policy is {server.policy}: when Redis is full, it deletes jobs without a"
            " word. Choose noeviction."
        )
    if server.append_only is False:
        if server.snapshots == "":
            yield "Nothing is written to disk (no appendonly, no save): a restart loses all jobs."
        else:
            yield (
                "appendonly is off: a crash of Redis loses all changes since the last snapshot"
                + (f" (save {server.snapshots})." if server.snapshots else ".")
            )
    for question in server.untold:
        yield f"This user is not allowed to call {question}: some settings could not be read."


def _workers(found: Found) -> Iterator[str]:
    several = [w for w in found.workers if w.engine == RQ and w.alive and len(w.queues) > 1]
    if several:
        yield (
            f"{names(w.name for w in several)} listens to several queues"
            f" ({', '.join(several[0].queues)}): if it crashes right after it has taken a job, the"
            " job is in no queue (RQ). A worker with one queue does not lose it."
        )
    for worker in found.workers:
        if worker.clock_ahead and abs(worker.clock_ahead) > CLOCK:
            where = "ahead of" if worker.clock_ahead > 0 else "behind"
            yield (
                f"The clock of the worker {worker.name!r} is {span(abs(worker.clock_ahead))}"
                f" {where} the server's: it can call running jobs abandoned."
            )


def _rq_jobs(found: Found) -> Iterator[str]:
    waiting = [job for job in found.jobs if job.engine == RQ and job.state in WAITS]
    no_retry = [job.id for job in waiting if job.retries_left is None]
    if no_retry:
        yield (
            f"{names(no_retry)} {'has' if len(no_retry) == 1 else 'have'} no retry: if the worker"
            " crashes, the job fails and its dependents stay deferred."
        )
    short = [one for job in waiting for one in job.after if _ends_early(found, one)]
    if short:
        first = found.by_id[short[0]]
        left = span(first.expires_in or 0)
        yield (
            f"The result of {names(dict.fromkeys(short))} expires in {left}, and jobs that depend"
            " on it have not ended: choose a result_ttl that outlasts the chain and its repair."
        )
    at_once = [job.id for job in waiting if job.result_ttl == 0 and job.dependents]
    if at_once:
        yield f"{names(at_once)} has dependents and result_ttl=0: they will find no result."
    ignored = [job.id for job in waiting if job.state == "scheduled" and job.after]
    if ignored:
        yield f"{names(ignored)} is scheduled: RQ will ignore its depends_on."


def _ends_early(found: Found, one: str) -> bool:
    job = found.by_id.get(one)
    return (
        job is not None
        and job.state == "finished"
        and job.expires_in is not None
        and job.expires_in < RESULT_TTL
    )


def _arq_jobs(found: Found) -> Iterator[str]:
    jobs = [job for job in found.jobs if job.engine == ARQ]
    ended = [job for job in jobs if job.state in ("complete", FAILED_IN_ARQ)]
    late = [job.started_at - job.enqueued_at for job in ended if job.started_at and job.enqueued_at]
    if late and min(late) < -CLOCK:
        yield (
            "Some jobs of ARQ started before they were enqueued: the clocks of the worker and of"
            f" the one who enqueues differ by {span(-min(late))} or more."
        )
    taken = [job.id for job in ended if not _made_up(job.id)]
    if taken:
        yield (
            f"The id of {names(taken)} is in use as long as the result is kept: until then"
            " enqueue_job with that _job_id returns None and enqueues nothing."
        )
    unread = [job.id for job in jobs if not job.serializer and job.state != "missing"]
    if unread:
        yield (
            f"{names(unread)} {'is' if len(unread) == 1 else 'are'} very large, or stored by"
            " a serializer of your own: the task and its end could not be told."
        )


def _made_up(one: str) -> bool:
    """Tell whether ARQ made up this id: 32 digits, or name:milliseconds of a cron job."""
    digits = one.rpartition(":")[2]
    return (len(one) == 32 and all(c in "0123456789abcdef" for c in one)) or (
        digits.isdigit() and len(digits) == 13
    )
