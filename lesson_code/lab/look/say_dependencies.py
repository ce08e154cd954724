"""The sentences of dependents that no dependency will release."""

from lesson_code.lab.look.facts import Found
from lesson_code.lab.look.words import Jobs, Sentence, Told, again, ago, ids, last, requeue, verb


def _dependency_failed(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    error = key or "its error is not stored any more"
    tries = " and has no retry left" if any(job.retries_left == 0 for job in causes) else ""
    return (
        f"{ids(jobs)} {verb(jobs, 'depends', 'depend')} on {ids(causes)},"
        f" which failed {ago(found, last(job.ended_at for job in causes))}{tries}: {error}.",
        f"Repair the cause, then requeue: `{requeue(causes)}`. The failed job runs again from its"
        " start, and when it succeeds its dependents run.",
    )


def _dependency_cancelled(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'depends', 'depend')} on {ids(causes)},"
        " which was cancelled: a cancelled job releases no dependent.",
        f"Cancel or delete the dependents, or let the dependency run:"
        f" `Queue({key!r}, connection=redis).canceled_job_registry.requeue({causes[0].id!r})`.",
    )


def _dependency_stopped(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'depends', 'depend')} on {ids(causes)},"
        " which was stopped while it ran: a stopped job releases no dependent, not even one with"
        " allow_failure.",
        f"Requeue it: `{requeue(causes)}`. When it succeeds, its dependents run.",
    )


def _dependency_gone(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'depends', 'depend')} on {ids(causes)},"
        " and no such job exists: it was deleted, has expired, or failed with failure_ttl=0, and"
        " the list of its dependents is gone, too.",
        f"Enqueue the dependent: `{again(jobs)}`.",
    )


def _dependency_expired(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'depends', 'depend')} on {ids(causes)}, which has expired while"
        " it waited (ttl): only its id is left in a list of the queue, and nothing releases its"
        " dependents.",
        f"Enqueue the dependent: `{again(jobs)}`. Without a ttl a waiting job does not expire.",
    )


def _failed_dependency_expired(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'depends', 'depend')} on {ids(causes)}, which failed and has"
        " expired: its failure_ttl is over (0 deletes it at once), and the list of its dependents"
        " is gone with it.",
        f"Enqueue the dependent: `{again(jobs)}`. A longer"
        " failure_ttl leaves time to requeue the failed job.",
    )


def _dependency_forgot(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'depends', 'depend')} on {ids(causes)}, which does not know"
        " of it: it was deleted and enqueued again under the same id, so it will release no"
        " dependent.",
        f"When the dependency has finished, enqueue the dependent: `{again(jobs)}`.",
    )


def _deferred_alone(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'is', 'are')} deferred and"
        f" {verb(jobs, 'depends', 'depend')} on no job, so nothing will release"
        f" {verb(jobs, 'it', 'them')}.",
        "Delete it and enqueue it again: enqueue_job leaves a deferred job as it is.",
    )


def _left_behind(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'was', 'were')} left behind: all dependencies have ended"
        f" ({ids(causes)} {ago(found, last(job.ended_at for job in causes))}),"
        " and no worker released the dependent. A worker that crashes right after the end does"
        " this, and so does allow_failure on a job that had failed before (RQ 2).",
        f"Enqueue it: `{again(jobs)}`.",
    )


def _left_ready(found: Found, jobs: Jobs, causes: Jobs, key: str) -> Told:
    return (
        f"{ids(jobs)} {verb(jobs, 'is', 'are')} ready to enqueue, and no worker has put"
        f" {verb(jobs, 'it', 'them')} into the queue {key!r}: two workers met at the same"
        " registry, or one crashed there (RQ 3).",
        f"Start a worker, whose maintenance does it, or call"
        f" `Queue({key!r}, connection=redis).ready_job_registry.cleanup()`.",
    )


DEPENDENCIES: dict[str, Sentence] = {
    "dependency-failed": _dependency_failed,
    "dependency-cancelled": _dependency_cancelled,
    "dependency-stopped": _dependency_stopped,
    "dependency-gone": _dependency_gone,
    "dependency-expired": _dependency_expired,
    "failed-dependency-expired": _failed_dependency_expired,
    "dependency-forgot": _dependency_forgot,
    "deferred-alone": _deferred_alone,
    "left-behind": _left_behind,
    "left-ready": _left_ready,
}
