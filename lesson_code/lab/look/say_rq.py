"""The sentences of jobs of RQ that wait for a worker or a scheduler."""

from lesson_code.lab.look.facts import MISSING, RQ, Found
from lesson_code.lab.look.words import (
    Jobs,
    Sentence,
    Told,
    again,
    ago,
    first,
    ids,
    last,
    names,
    requeue,
    verb,
)


def _silent(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    seen = last(job.heartbeat_at or job.started_at for job in jobs)
    way = "lets it fail (AbandonedJobError): requeue it then, and give it a Retry"
    if any(job.retries_left for job in jobs):
        way = "runs it again, as it has a retry left"
    return (
        f"{ids(jobs)} {verb(jobs, 'says', 'say')} 'started', and the worker {key!r} is silent:"
        f" its last sign of life was {ago(found, seen)}.",
        f"The next maintenance of a worker of that queue {way}.",
    )


def _silent_forgotten(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'says', 'say')} 'started', but the worker {key!r} is gone and"
        " no registry names the run, so no maintenance will find it.",
        f"Enqueue it: `{again(jobs)}`.",
    )


def _taken(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'was', 'were')} taken out of the queue {key!r} by a worker"
        " that crashed before it noted the start.",
        f"A later maintenance of a worker of {key!r} finds it: it runs again if it has a retry"
        f" left, and fails otherwise. At once: `{again(jobs)}`.",
    )


def _in_no_queue(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    state = jobs[0].state
    if jobs[0].engine == RQ:
        return (
            f"{ids(jobs)} {verb(jobs, 'says', 'say')} {state!r} and"
            f" {verb(jobs, 'is', 'are')} in no queue: a worker with several queues crashed right"
            " after it had taken the job, or the list was deleted.",
            f"Enqueue it: `{again(jobs)}`. A worker with one queue does not lose it.",
        )
    return (
        f"{ids(jobs)} {verb(jobs, 'has', 'have')} a definition and"
        f" {verb(jobs, 'is', 'are')} in no queue: the queue was deleted or evicted.",
        f"Delete the key `arq:job:{jobs[0].id}`, then enqueue it: until then enqueue_job with this"
        " id returns None.",
    )


def _expired(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'has', 'have')} expired while"
        f" {verb(jobs, 'it', 'they')} waited (ttl), and only the id is left in the queue {key!r}.",
        "Enqueue it again, with a longer ttl or none.",
    )


def _never_enqueued(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'was', 'were')} created and never enqueued.",
        f"Enqueue it: `{again(jobs)}`.",
    )


def _suspended(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'waits', 'wait')}, as all workers are suspended (`rq suspend`).",
        "Let them go on: `rq resume`.",
    )


def _no_worker(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    heard = {q for w in found.workers if w.engine == RQ and w.alive for q in w.queues}
    others = f"; those there are listen to {names(sorted(heard))}" if heard else ""
    return (
        f"{ids(jobs)} {verb(jobs, 'waits', 'wait')} in the queue {key!r}, and no worker listens"
        f" to it{others}.",
        f"Start one: `rq worker {key}`.",
    )


def _no_scheduler(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    due = first(job.due_at for job in jobs)
    late = f", since {ago(found, due)}" if due and due < found.server.now else ""
    return (
        f"{ids(jobs)} {verb(jobs, 'is', 'are')} scheduled{late}, and no scheduler runs for the"
        f" queue {key!r}: enqueue_in, enqueue_at and Retry(interval=…) need one.",
        f"Start one: `rq worker --with-scheduler {key}`.",
    )


def _overdue(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    due = first(job.due_at for job in jobs)
    return (
        f"{ids(jobs)} {verb(jobs, 'was', 'were')} due {ago(found, due)}, and the scheduler of"
        f" {key!r} does not take {verb(jobs, 'it', 'them')}: it hangs, or its clock is behind.",
        "Compare its clock with the server's, and start it again.",
    )


def _slot_free(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'waits', 'wait')} for a slot of the rate limit {key!r}, and one"
        " is free: the program that enqueued the job crashed before it took the slot (RQ 3).",
        _clean_up(key),
    )


def _slot_lost(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    state = "gone" if causes[0].state == MISSING else causes[0].state
    return (
        f"{ids(jobs)} {verb(jobs, 'waits', 'wait')} for a slot of the rate limit {key!r}, which"
        f" {ids(causes)} still holds, although it is {state}: its worker crashed before it gave the"
        " slot back, or its ttl is over (RQ 3).",
        _clean_up(key),
    )


def _clean_up(limit: str) -> str:
    return (
        "The next maintenance of a worker does it: when one starts, and every 10 minutes. At once:"
        f" `from rq.rate_limit import RateLimitRegistry; RateLimitRegistry({limit!r}, redis)"
        ".cleanup()`."
    )


def _not_called(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    if jobs[0].engine == RQ:
        what, way = "import the task", "Start the worker with the code of that task"
        if "Deserialization" in key:
            what = "read the job: it has another serializer"
            way = "Start the worker with the queue's serializer (`rq worker --serializer json`)"
        return (
            f"{ids(jobs)} failed before the task was called, as the worker could not {what}:"
            f" {key}.",
            f"{way}, then requeue: `{requeue(jobs)}`.",
        )
    return (
        f"{ids(jobs)} failed before the task was called: {key}.",
        "Start the worker with that function and with the serializer of the pool, delete the"
        f" result (`arq:result:{jobs[0].id}`) and enqueue the job again.",
    )


OF_RQ: dict[str, Sentence] = {
    "silent": _silent,
    "silent-forgotten": _silent_forgotten,
    "taken": _taken,
    "in-no-queue": _in_no_queue,
    "expired": _expired,
    "never-enqueued": _never_enqueued,
    "suspended": _suspended,
    "no-worker": _no_worker,
    "no-scheduler": _no_scheduler,
    "overdue": _overdue,
    "slot-free": _slot_free,
    "slot-lost": _slot_lost,
    "not-called": _not_called,
}
