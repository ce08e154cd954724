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
        task=intern(call.partition("(")[0]),
        after=_ids(ids, old_id),
        even_if_failed=even == b"1",
        call=call if data else "",
        created_at=created,
        enqueued_at=enqueued,
        started_at=started,
        ended_at=ended,
        heartbeat_at=heartbeat,
        attempts=1 + (number(retries) or 0) if started else None,
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
    """Return what a traceback says at its end, in at most 300 characters."""
    lines = [line for line in traceback.strip().splitlines() if line and not line[0].isspace()]
    return (lines[-1] if lines else traceback.strip())[:300]


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
