"""What the tasks of the exercises did, and what was made to go wrong with them."""

import functools
import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

P, R = ParamSpec("P"), TypeVar("R")


class ServiceDown(Exception):
    """It may work when tried again."""


class Refused(Exception):
    """It will not work, however often it is tried."""


class WorkerDied(BaseException):
    """The process is gone: no `except Exception` of a task can hold it."""


ERRORS = {"ServiceDown": ServiceDown, "Refused": Refused}

journal: list[str] = []  # what was done, in order: "charge('A7')"
tried: list[str] = []  # and what was tried
_fails: dict[str, list[str] | str] = {}
_dies: list[str] = []


def arrange(fails: dict[str, list[str] | str], dies: str) -> None:
    """Start a new journal. Let tasks fail: by name, or by call, once for each error in the
    list, or always if it is no list. Let the worker die after the task `dies`, once.
    """
    journal.clear()
    tried.clear()
    _fails.clear()
    _fails.update({key: list(e) if isinstance(e, list) else e for key, e in fails.items()})
    _dies[:] = [dies] if dies else []


def task(function: Callable[P, R]) -> Callable[P, R]:
    """Make a plain function one that leaves a trace and may be made to fail."""

    @functools.wraps(function)
    def traced(*args: P.args, **kwargs: P.kwargs) -> R:
        name, call = function.__name__, _call(function, *args, **kwargs)
        tried.append(call)
        _fail(name, call)
        result: Any = function(*args, **kwargs)
        journal.append(call)
        if _dies and _dies[0] in (name, call):
            _dies.clear()
            raise WorkerDied(call)
        return result

    return traced


def _call(function: Callable, *args: Any, **kwargs: Any) -> str:
    """Return the call in words, the same however its arguments were handed over."""
    with suppress(TypeError):  # the call itself is going to raise it
        bound = inspect.signature(function).bind(*args, **kwargs)
        args, kwargs = bound.args, bound.kwargs
    given = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
    return f"{function.__name__}({', '.join(given)})"


def _fail(*names: str) -> None:
    for name in names:
        errors = _fails.get(name)
        if errors:
            error = errors if isinstance(errors, str) else errors.pop(0)
            raise ERRORS[error](f"{names[-1]} did not work")
