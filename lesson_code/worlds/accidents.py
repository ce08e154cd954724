"""What the tasks of a world did, and what was made to go wrong with them."""

import functools
import inspect
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

P, R = ParamSpec("P"), TypeVar("R")
Fails = dict[str, list[str] | str]


class ServiceDown(Exception):
    """It may work when tried again."""


class Refused(Exception):
    """It will not work, however often it is tried."""


class WorkerDied(BaseException):
    """The process is gone: no `except Exception` of a task can hold it."""


ERRORS = {"ServiceDown": ServiceDown, "Refused": Refused}


@dataclass(frozen=True)
class Deed:
    """A call of a task, in words, and the job that it was made in ("" for none)."""

    call: str  # "charge('A7')"
    job: str = ""


@dataclass
class Scene:
    """What is to go wrong from now on."""

    fails: Fails = field(default_factory=dict)
    dies: list[str] = field(default_factory=list)
    other_data: bool = False
    in_job: Callable[[], str] = lambda: ""  # tells the id of the job that is running


journal: list[Deed] = []  # what was done, in order
tried: list[Deed] = []  # and what was tried
_scene = Scene()


def arrange(fails: Fails, dies: str = "") -> None:
    """Start a new journal. Let tasks fail: by name, or by call, once for each error in the
    list, or always if it is no list. Let the worker die after the task `dies`, once.
    """
    journal.clear()
    tried.clear()
    _scene.fails = {key: list(e) if isinstance(e, list) else e for key, e in fails.items()}
    _scene.dies = [dies] if dies else []


def play_in(in_job: Callable[[], str], other_data: bool) -> None:
    """Say how to find out which job is running, and whether the worlds hold their OTHER data."""
    _scene.in_job, _scene.other_data = in_job, other_data


def task(function: Callable[P, R]) -> Callable[P, R]:
    """Make a plain function one that leaves a trace and may be made to fail."""

    @functools.wraps(function)
    def traced(*args: P.args, **kwargs: P.kwargs) -> R:
        name, call = function.__name__, _call(function, *args, **kwargs)
        deed = Deed(call, _scene.in_job())
        tried.append(deed)
        _fail(name, call)
        play = functools.partial(_on_another_day, function) if _scene.other_data else function
        result: Any = play(*args, **kwargs)
        journal.append(deed)
        if _scene.dies and _scene.dies[0] in (name, call):
            _scene.dies.clear()
            raise WorkerDied(call)
        return result

    return traced


def reader(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function that leaves no trace see the OTHER data of its world, too."""

    @functools.wraps(function)
    def reading(*args: P.args, **kwargs: P.kwargs) -> R:
        return (_with_other_data(function) if _scene.other_data else function)(*args, **kwargs)

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
        errors = _scene.fails.get(name)
        if errors:
            error = errors if isinstance(errors, str) else errors.pop(0)
            raise ERRORS[error](f"{names[-1]} did not work")
