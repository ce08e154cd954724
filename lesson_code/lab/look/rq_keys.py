"""RQ's keys, and the fields of its hashes, from RQ 2.6 to 3.0."""

import os
from datetime import datetime

from lesson_code.lab.look.client import text

PREFIX = os.environ.get("RQ_KEY_PREFIX", "rq")  # RQ 3 lets a project choose it
JOB, WORKER, RESULTS = f"{PREFIX}:job:", f"{PREFIX}:worker:", f"{PREFIX}:results:"
QUEUE = f"{PREFIX}:queue:"
QUEUES, WORKERS, SUSPENDED = f"{PREFIX}:queues", f"{PREFIX}:workers", f"{PREFIX}:suspended"
SCHEDULER_LOCK = f"{PREFIX}:scheduler-lock:"

# The lists of a queue that name jobs: our word, and their key.
LISTS = {"queue": QUEUE + "{}", "taken": QUEUE + "{}:intermediate"}
REGISTRIES = {
    name: f"{PREFIX}:{name}:{{}}"
    for name in ("wip", "deferred", "scheduled", "ready", "failed", "canceled", "finished")
}

TRACEBACK = "Traceback (most recent call last):"  # the last one is that of the error itself

# Not "data", "meta" and "result": they may be large, and need the project's own code.
FIELDS = (
    *("status", "origin", "description", "dependency_ids", "dependency_id"),
    *("allow_dependency_failures", "created_at", "enqueued_at", "started_at", "ended_at"),
    *("last_heartbeat", "worker_name", "retries_left", "number_of_retries"),
    *("result_ttl", "failure_ttl"),
)


def seconds(value: bytes | None) -> float | None:
    """Return RQ's text of a time in seconds since 1970."""
    try:
        return datetime.fromisoformat(text(value)).timestamp()
    except ValueError:
        return None


def number(value: bytes | None) -> int | None:
    """Return RQ's text of a number."""
    try:
        return int(text(value))
    except ValueError:
        return None


def last_line(traceback: str) -> str:
    """Return the line of a traceback that names its error, in at most 300 characters.

    The message of an error may have more lines; they are left out.
    """
    lines = traceback.strip().rpartition(TRACEBACK)[2].strip("\n").splitlines()
    named = [line for line in lines if line and not line[0].isspace()]
    return (named[0] if named else traceback.strip())[:300]
