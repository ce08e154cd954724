"""From what ARQ stores of a job to facts. Nothing is unpickled."""

import json
from sys import intern
from typing import Any

from lesson_code.lab.look.client import text
from lesson_code.lab.look.facts import ARQ, JobFacts
from lesson_code.lab.look.pickled import NoPickle, Thing, opened, said, shown

# What ARQ, not the task, says of a job that it did not call.
NOT_CALLED = ("job expired", "not found", "unable to deserialize job")


def job_of(
    one: str, value: bytes | None, data: bool, queue: str, tries: bytes | None, **more: Any
) -> JobFacts:
    """Return the facts of a job from its definition or its result; `more` is known already.

    `tries` is ARQ's count of the attempts that have begun, which it keeps until the job has ended.
    """
    told = fields_of(value)
    result, failed = told.get("r"), told.get("s") is False
    error = said(result)[:300] if failed else None
    return JobFacts(
        id=one,
        engine=ARQ,
        queue=intern(queue or str(told.get("q") or "")),
        task=intern(str(told.get("f", ""))),
        error=error,
        never_ran=failed and isinstance(result, Thing) and any(w in error for w in NOT_CALLED),
        call=_call(told) if data and told else "",
        result=shown(result) if data and "r" in told else None,
        enqueued_at=_seconds(told.get("et")),
        attempts=int(tries) if text(tries).isdigit() else told.get("t"),
        started_at=_seconds(told.get("st")),
        ended_at=_seconds(told.get("ft")),
        serializer="" if not told else "JSON" if value.startswith(b"{") else "pickle",
        **more,
    )


def fields_of(value: bytes | None) -> dict:
    """Return the fields of a stored job or result; {} if they cannot be told."""
    if not value:
        return {}
    try:
        fields = json.loads(value) if value.startswith(b"{") else opened(value)
    except (NoPickle, ValueError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _call(told: dict) -> str:
    args, kwargs = told.get("a"), told.get("k")
    words = [shown(arg) for arg in args] if isinstance(args, list | tuple) else ["…"]
    if isinstance(kwargs, dict):
        words += [f"{name}={shown(value)}" for name, value in kwargs.items()]
    return f"{told.get('f', '?')}({', '.join(words)})"


def _seconds(milliseconds: Any) -> float | None:
    return milliseconds / 1000 if isinstance(milliseconds, int | float) else None
