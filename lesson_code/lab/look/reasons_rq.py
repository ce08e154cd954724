"""Why jobs of RQ are stuck. A job that a worker will run, or is running, has no reason here."""

from collections.abc import Iterator

from lesson_code.lab.look.facts import MISSING, RQ, Found, JobFacts
from lesson_code.lab.look.why import Why

OVERDUE = 60  # seconds: a scheduler takes a due job within one, or after a crash within 60
WAITING = {"queue", "taken", "wip", "deferred", "scheduled", "ready"}  # not the ended ones
PENDING = {"queued", "started", "deferred", "scheduled", "ready_to_enqueue", "rate_limited"}
BLOCKS = {"canceled": "dependency-cancelled", "stopped": "dependency-stopped"}


def rq_reasons(found: Found) -> Iterator[Why]:
    """Yield a Why for each job of RQ that is stuck, not of those that wait for it."""
    queues = {queue.name: queue for queue in found.queues if queue.engine == RQ}
    workers = {worker.name: worker for worker in found.workers if worker.engine == RQ}
    for job in found.jobs:
        if job.engine != RQ or (not job.places and not found.whole):
            continue  # the rest can be in a list that was not read to its end
        state = "missing" if job.state == MISSING else job.state
        if state == "missing":
            if WAITING & {*job.places}:
                yield Why(job.id, RQ, "expired", job.queue)
        elif state == "deferred":
            yield from _deferred(job, found)
        elif state == "queued":
            yield from _queued(job, found, queues)
        elif state == "started":
            yield from _started(job, found, workers)
        elif state == "scheduled":
            yield from _scheduled(job, found, queues)
        elif state == "ready_to_enqueue":
            yield Why(job.id, RQ, "left-ready", job.queue)
        elif state == "rate_limited":
            yield from _rate_limited(job, found)
        elif state == "created" and job.dependents:
            yield Why(job.id, RQ, "never-enqueued", job.queue)
        elif state == "failed" and job.never_ran:
            yield Why(job.id, RQ, "not-called", job.error or "")


def _deferred(job: JobFacts, found: Found) -> Iterator[Why]:
    """A deferred job is released by the last of its dependencies, if all of them let it run."""
    gone, pending = [], False
    for one in job.after:
        dependency = found.by_id.get(one)
        state = dependency.state if dependency else MISSING
        if state == MISSING:
            gone.append(one)
        elif state == "failed" and not job.even_if_failed:
            yield Why(job.id, RQ, "dependency-failed", dependency.error or "", one)
            return
        elif state in BLOCKS:
            yield Why(job.id, RQ, BLOCKS[state], dependency.queue, one)
            return
        elif state in PENDING or state == "created":
            if one in job.unknown_to:
                yield Why(job.id, RQ, "dependency-forgot", job.queue, one)
                return
            pending = True
    if pending:
        return  # then a missing one counts as met
    if not job.after:
        yield Why(job.id, RQ, "deferred-alone", job.queue)
    elif gone:
        expired = [one for one in gone if found.by_id.get(one) and found.by_id[one].places]
        if not expired:
            yield Why(job.id, RQ, "dependency-gone", job.queue, gone[0])
        else:
            failed = "failed" in found.by_id[expired[0]].places
            code = "failed-dependency-expired" if failed else "dependency-expired"
            yield Why(job.id, RQ, code, job.queue, expired[0])
    else:
        yield Why(job.id, RQ, "left-behind", job.queue, job.after[-1])


def _queued(job: JobFacts, found: Found, queues: dict) -> Iterator[Why]:
    if "queue" in job.places:
        queue = queues.get(job.queue)
        if found.server.suspended:
            yield Why(job.id, RQ, "suspended")
        elif queue is None or not queue.workers:
            yield Why(job.id, RQ, "no-worker", job.queue)
    elif {"taken", "wip"} & {*job.places}:
        yield Why(job.id, RQ, "taken", job.queue)
    else:  # RQ 2 saves a new job as "queued"
        code = "in-no-queue" if job.enqueued_at else "never-enqueued"
        yield Why(job.id, RQ, code, job.queue)


def _started(job: JobFacts, found: Found, workers: dict) -> Iterator[Why]:
    worker = workers.get(job.worker)
    late = job.heartbeat_until is not None and job.heartbeat_until < found.server.now
    if worker is not None and worker.alive and not late:
        return
    if "wip" in job.places:
        yield Why(job.id, RQ, "silent", job.worker)
    else:
        yield Why(job.id, RQ, "silent-forgotten", job.worker)


def _rate_limited(job: JobFacts, found: Found) -> Iterator[Why]:
    """It goes on when the job that has the slot ends, and its worker gives the slot back."""
    limit = found.limit_of.get(job.id)
    if limit is None:
        yield Why(job.id, RQ, "in-no-queue", job.queue)
    elif len(limit.holders) < limit.slots:
        yield Why(job.id, RQ, "slot-free", limit.name)
    elif not limit.running and not any(_needs_its_slot(one, found) for one in limit.holders):
        yield Why(job.id, RQ, "slot-lost", limit.name, limit.holders[0])


def _needs_its_slot(one: str, found: Found) -> bool:
    job = found.by_id.get(one)
    return job is not None and job.state in {"queued", "started"}


def _scheduled(job: JobFacts, found: Found, queues: dict) -> Iterator[Why]:
    queue = queues.get(job.queue)
    if "scheduled" not in job.places:
        yield Why(job.id, RQ, "in-no-queue", job.queue)
    elif queue is None or not queue.scheduler:
        yield Why(job.id, RQ, "no-scheduler", job.queue)
    elif job.due_at is not None and job.due_at < found.server.now - OVERDUE:
        yield Why(job.id, RQ, "overdue", job.queue)
