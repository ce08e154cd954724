"""From the fields of RQ's hashes and streams to facts. Nothing is unpickled."""

import base64
import json
import zlib
from datetime import datetime
from sys import intern
from typing import Any

from lesson_code.lab.look.client import text
from lesson_code.lab.look.facts import MISSING, RQ, JobFacts
from lesson_code.lab.look.pickled import NoPickle, opened, shown

# Not "data", "meta" and "result": they can be large, and need the project's own code.
FIELDS = (
    *("status", "origin", "description", "dependency_ids", "dependency_id"),
    *("allow_dependency_failures", "created_at", "enqueued_at", "started_at", "ended_at"),
    *("last_heartbeat", "worker_name", "retries_left", "number_of_retries"),
    *("result_ttl", "failure_ttl"),
)

TRACEBACK = "Traceback (most recent call last):"  # the last one is that of the error itself


def job_of(one: str, fields: list | None, data: bool, **more: Any) -> JobFacts:
    """Return the facts of a job from the values of FIELDS; without a status it is missing."""
    if not fields or fields[0] is None:
        return JobFacts(one, RQ, more.pop("queue", ""), MISSING, **more)
    status, origin, description, ids, old_id, even = fields[:6]
    created, enqueued, started, ended, heartbeat = map(seconds, fields[6:11])
    worker, retries_left, retries, result_ttl, failure_ttl = fields[11:]
    call = text(description)
    return JobFacts(
        id=one,
        engine=RQ,
        queue=intern(text(origin)) or more.pop("queue", ""),
        state=intern(text(status)),
        task=intern(call.partition("(")[0]) if "(" in call else "",  # else no words of RQ's
        after=_ids(ids, old_id),
        even_if_failed=even == b"1",
        call=call if data else "",
        created_at=created,
        enqueued_at=enqueued,
        started_at=started,
        ended_at=ended,
        heartbeat_at=heartbeat,
        attempts=_attempts(started, number(retries_left), number(retries)),
        retries_left=number(retries_left),
        worker=intern(text(worker)),
        result_ttl=number(result_ttl),
        failure_ttl=number(failure_ttl),
        **{name: value for name, value in more.items() if name != "queue"},
    )


def seconds(value: bytes | None) -> float | None:
    """Return RQ's text of a time in seconds since 1970."""
    try:
        return datetime.fromisoformat(text(value)).timestamp() if value else None
    except ValueError:
        return None


def number(value: bytes | None) -> int | None:
    """Return RQ's text of a number."""
    try:
        return int(value) if value else None
    except ValueError:
        return None


def _ids(ids: bytes | None, old_id: bytes | None) -> tuple[str, ...]:
    try:
        return tuple(json.loads(ids)) if ids else (text(old_id),) if old_id else ()
    except ValueError:
        return ()


def _attempts(started: float | None, left: int | None, retries: int | None) -> int | None:
    """Return how often the job was started.

    Of the retries of `enqueue(retry=Retry(max=3))` RQ stores only how many are left, so their
    number is unknown. It counts those that a task asks for by returning a Retry.
    """
    return None if started is None or left is not None else 1 + (retries or 0)


def traceback_of(in_stream: bytes | None, in_hash: bytes | None) -> str:
    """Return the traceback of a job: RQ compresses it."""
    packed = base64.b64decode(in_stream) if in_stream else in_hash
    if not packed:
        return ""
    try:
        return text(zlib.decompress(packed))
    except zlib.error:
        return text(packed)


def last_line(traceback: str) -> str:
    """Return the line of a traceback that names its error, in at most 300 characters.

    The message of an error may have more lines; they are left out.
    """
    lines = traceback.strip().rpartition(TRACEBACK)[2].strip("\n").splitlines()
    named = [line for line in lines if line and not line[0].isspace()]
    return (named[0] if named else traceback.strip())[:300]


def never_ran(traceback: str) -> bool:
    """Tell whether RQ failed before it called the task."""
    return "DeserializationError" in last_line(traceback) or "import_attribute" in traceback


def result_of(stored: bytes | None) -> str | None:
    """Return a result as text."""
    if stored is None:
        return None
    value = base64.b64decode(stored)
    try:
        return shown(opened(value))
    except NoPickle:
        pass
    try:
        return shown(json.loads(value))
    except ValueError:
        return "(stored by another serializer: it cannot be told)"
