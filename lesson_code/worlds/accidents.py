"""The journal of the tasks of a world, and the failures that are injected into them."""

import functools
import inspect
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

P, R = ParamSpec("P"), TypeVar("R")
Fails = dict[str, list[str] | str]


class ServiceDown(Exception):
    """It may work when tried again."""


class Refused(Exception):
    """It will not work, however often it is tried."""


class WorkerCrashed(BaseException):
    """The process is gone: no `except Exception` of a task can hold it."""


ERRORS = {"ServiceDown": ServiceDown, "Refused": Refused}


@dataclass(frozen=True)
class Deed:
    """A call of a task, in words, and the job that it was made in ("" for none)."""

    call: str  # "charge('A7')"
    job: str = ""


@dataclass
class Arranged:
    """The failures and crashes to play from now on."""

    fails: Fails = field(default_factory=dict)
    dies: list[str] = field(default_factory=list)
    other_data: bool = False
    in_job: Callable[[], str] = lambda: ""  # tells the id of the job that is running


journal: list[Deed] = []  # what was done, in order
tried: list[Deed] = []  # and what was tried
_arranged = Arranged()


def inject_failures(fails: Fails, dies: str = "") -> None:
    """Start a new journal. Make tasks fail, by name or by call: once for each error in the list, or
    always if it is no list. Crash the worker after the task `dies`, once.
    """
    journal.clear()
    tried.clear()
    _arranged.fails = _copied(fails)
    _arranged.dies = [dies] if dies else []


def arranged() -> Arranged:
    """Return a copy of the failures that are still to come."""
    return replace(_arranged, fails=_copied(_arranged.fails), dies=[*_arranged.dies])


def rearrange(still: Arranged) -> None:
    """Go back to the failures that were still to come at another moment."""
    vars(_arranged).update(vars(still), fails=_copied(still.fails), dies=[*still.dies])


def _copied(fails: Fails) -> Fails:
    return {key: list(e) if isinstance(e, list) else e for key, e in fails.items()}


def play_in(in_job: Callable[[], str], other_data: bool) -> None:
    """Say how to find out which job is running, and whether the worlds hold their OTHER data."""
    _arranged.in_job, _arranged.other_data = in_job, other_data


def is_another_day() -> bool:
    """Return whether the worlds hold their OTHER data."""
    return _arranged.other_data


def task(function: Callable[P, R]) -> Callable[P, R]:
    """Record the calls of a plain function, and make it fail when a failure is injected."""

    @functools.wraps(function)
    def traced(*args: P.args, **kwargs: P.kwargs) -> R:
        name, call = function.__name__, _call(function, *args, **kwargs)
        deed = Deed(call, _arranged.in_job())
        tried.append(deed)
        _fail(name, call)
        play = functools.partial(_on_another_day, function) if _arranged.other_data else function
        result: Any = play(*args, **kwargs)
        journal.append(deed)
        if _arranged.dies and _arranged.dies[0] in (name, call):
            _arranged.dies.clear()
            raise WorkerCrashed(call)
        return result

    return traced


def reader(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that leaves no trace the OTHER data of its world, too."""

    @functools.wraps(function)
    def reading(*args: P.args, **kwargs: P.kwargs) -> R:
        return (_with_other_data(function) if _arranged.other_data else function)(*args, **kwargs)

    return reading


def _on_another_day(function: FunctionType, *args: Any, **kwargs: Any) -> Any:
    """Call it with the OTHER data; words that these do not change are marked as new."""
    result = _with_other_data(function)(*args, **kwargs)
    if isinstance(result, str):
        with suppress(Exception):  # what comes from OTHER data may not fit the plain ones
            return f"{result} (new)" if function(*args, **kwargs) == result else result
    return result


def _with_other_data(function: FunctionType) -> FunctionType:
    """Return the function, with what the OTHER of its module says in the place of its data."""
    there = vars(sys.modules[function.__module__])
    names = {**there, **there.get("OTHER", {})}
    code, defaults, cells = function.__code__, function.__defaults__, function.__closure__
    return FunctionType(code, names, function.__name__, defaults, cells)


def _call(function: Callable, *args: Any, **kwargs: Any) -> str:
    """Return the call in words, the same however its arguments were handed over."""
    with suppress(TypeError):  # the call itself is going to raise it
        bound = inspect.signature(function).bind(*args, **kwargs)
        args, kwargs = bound.args, bound.kwargs
    given = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
    return f"{function.__name__}({', '.join(given)})"


def _fail(*names: str) -> None:
    for name in names:
        errors = _arranged.fails.get(name)
        if errors:
            error = errors if isinstance(errors, str) else errors.pop(0)
            raise ERRORS[error](f"{names[-1]} did not work")
