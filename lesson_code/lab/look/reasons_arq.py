"""Why jobs of ARQ are stuck. ARQ has no dependencies: each job waits for itself."""

from collections.abc import Iterable, Iterator

from lesson_code.lab.look.facts import ARQ, FAILED_IN_ARQ, MISSING, Found, JobFacts
from lesson_code.lab.look.why import Why

CLOCK = 2  # seconds by which clocks may differ
LATE = 1  # second: a worker that has room looks for due jobs twice a second by default


def arq_reasons(found: Found) -> Iterator[Why]:
    """Yield a Why for each job of ARQ that is stuck, and for each abort mark that is a trap."""
    jobs = {job.id: job for job in found.jobs if job.engine == ARQ}
    served = {queue.name for queue in found.queues if queue.engine == ARQ and queue.workers}
    busy = {job.queue for job in jobs.values() if job.state == "in_progress"}
    oldest = _oldest(jobs.values())
    for job in jobs.values():
        if job.state == FAILED_IN_ARQ:
            if job.never_ran:
                yield Why(job.id, ARQ, "not-called", job.error or "")
        elif job.state == "complete":
            pass
        elif "queue" not in job.places:
            if found.whole:
                yield Why(job.id, ARQ, "in-no-queue")
        elif job.state == MISSING:
            yield Why(job.id, ARQ, "definition-expired", job.queue)
        elif job.state == "in_progress":
            if job.queue not in served:
                yield Why(job.id, ARQ, "dead-in-progress", job.queue)
        else:
            yield from _waits(job, found, served, oldest, busy)
    yield from _aborts(found, jobs)


def _oldest(jobs: Iterable[JobFacts]) -> dict[str, str]:
    """Return the job of each queue that a worker takes first: if it stays, none is taken."""
    waiting = [job for job in jobs if job.state == "queued" and job.due_at is not None]
    waiting.sort(key=lambda job: (job.due_at, job.id), reverse=True)
    return {job.queue: job.id for job in waiting}


def _waits(
    job: JobFacts, found: Found, served: set[str], oldest: dict[str, str], busy: set[str]
) -> Iterator[Why]:
    now = found.server.now
    if job.queue not in served:
        yield Why(job.id, ARQ, "nobody-serves", job.queue)
    elif job.enqueued_at is not None and job.enqueued_at > now + CLOCK:
        yield Why(job.id, ARQ, "clock-ahead", job.queue)
    elif job.due_at is not None and job.due_at < now - LATE and job.queue not in busy:
        yield Why(job.id, ARQ, "not-started", job.queue, first=oldest[job.queue])


def _aborts(found: Found, jobs: dict[str, JobFacts]) -> Iterator[Why]:
    for one, since in found.aborts.items():
        job = jobs.get(one)
        if (job is None or not job.places) and found.whole:
            yield Why(one, ARQ, "abort-mark")
        elif job is None:
            pass  # it can be among those that were not read
        elif job.state == "in_progress":
            yield Why(one, ARQ, "abort-ignored", job.queue)
        elif job.enqueued_at is not None and since <= job.enqueued_at:
            yield Why(one, ARQ, "abort-waits", job.queue)
