"""The task of an RQ job in words, even if the job cannot be read."""

import inspect
import re
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from rq.exceptions import DeserializationError
from rq.job import Job

from lesson_code.lab.engines.unreadable import outline
from lesson_code.lab.engines.words import call_in_words, without_addresses

TASKS = ("task", "fallback", "undo", "then")  # under these names helpers are given a task


def task_of(job: Job) -> str:
    """Return the name of the job's task; "?" if it is unknown.

    That of a helper is the task that it is given: `pass_results(pack)` is a job of `pack`.
    """
    try:
        return (_given_task(job) or job.func_name).rpartition(".")[2]
    except DeserializationError:
        return _function_of(job).rpartition(".")[2]


def _function_of(job: Job) -> str:
    """Return the name of the function, even of a job that cannot be read."""
    try:
        return job.func_name
    except DeserializationError:
        try:
            return outline(job.data)[0]
        except Exception:  # no pickle
            return described(job).partition("(")[0] or "?"


def _given_task(job: Job) -> str:
    """Return the name of the task that the job's function is given; "" if it is given none."""
    function = _known(job.func_name)
    if isinstance(function, FunctionType):
        try:
            given = inspect.signature(function).bind_partial(*job.args, **job.kwargs).arguments
        except TypeError:  # the job will fail
            return ""
        for name in TASKS:
            task = given.get(name)
            if isinstance(task, FunctionType):
                return task.__name__
            if isinstance(task, str) and _known(task):
                return task
    return ""


def _known(path: str) -> Callable[..., Any] | None:
    """Return the function of this path, if its module is imported; nothing is imported here."""
    module, _, name = path.rpartition(".")
    found = getattr(sys.modules.get(module), name, None)
    return found if callable(found) else None


def call_of(job: Job) -> str:
    """Return "charge('A7')", and of a job that cannot be read what RQ's description says."""
    try:
        return call_in_words(job.func_name.rpartition(".")[2], job.args, job.kwargs)
    except DeserializationError:
        return without_addresses(described(job))


def described(job: Job) -> str:
    """Return RQ's description without modules and addresses: "charge('A7')".

    The description is text, so no pickle is opened.
    """
    words = job.description or ""
    named = re.sub(r"<(?:function|class) '?([\w.]+)'?(?: at 0x[0-9a-f]+)?>", r"\1", words)
    return re.sub(r"^[\w.]+\.(?=\w+\()", "", named)
