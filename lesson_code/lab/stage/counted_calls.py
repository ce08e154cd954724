"""The functions whose calls are counted as effects while a project's own story is played.

Each module that holds such a function holds a counted one instead, even if it has imported it with
`from billing import charge`, so the tasks need not be rewritten. A counted call is a place of a
run, as an effect of a world's task is, and it has happened when the function returns.
"""

import functools
import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from lesson_code.lab.stage.data import is_library
from lesson_code.lab.stage.effects import Effect, class_of, modules_with
from lesson_code.lab.stage.made_up import without_ids
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import Deed

PLAIN = str | bytes | int | float | None | list | tuple | set | dict | date | Decimal | UUID
NO_REPR = object.__repr__
CONTEXT = {"redis", "job_id"}  # keys of the dictionary that ARQ gives to a task
_now_counted: set[Effect] = set()


@contextmanager
def counting(effects: Iterable[Effect]) -> Iterator[None]:
    """Count the calls of these functions in here, in whichever module they are called.

    A module that is imported meanwhile gets its own functions back, too.
    """
    new = {one for one in effects if one not in _now_counted}
    _exchange({one: _counted(one) for one in new})
    _now_counted.update(new)
    try:
        yield
    finally:
        _now_counted.difference_update(new)
        _exchange({_counted(one): one for one in new})


def counted_if_effect(function: Effect, effects: Iterable[Effect]) -> Effect:
    """Return the counted function if this one is among the effects; else the function itself."""
    return _counted(function) if function in [*effects] else function


def _exchange(new: dict[Effect, Effect]) -> None:
    """Put other functions in the place of these, in all modules and in their own classes."""
    if not new:
        return
    for module, name, function in [*modules_with({*new})]:
        setattr(module, name, new[function])
    for old, function in new.items():
        if owner := class_of(old):
            there = vars(owner)[old.__name__]
            kind = type(there) if isinstance(there, staticmethod | classmethod) else None
            setattr(owner, old.__name__, kind(function) if kind else function)


@functools.cache
def _counted(function: Effect) -> Effect:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_counted(*args: Any, **kwargs: Any) -> Any:
            if function not in _now_counted:  # a list has kept this one
                return await function(*args, **kwargs)
            deed = _deed(function, args, kwargs)
            accidents.tried.append(deed)
            result = await function(*args, **kwargs)
            accidents.journal.append(deed)
            return result

    else:

        @functools.wraps(function)
        def call_counted(*args: Any, **kwargs: Any) -> Any:
            if function not in _now_counted:
                return function(*args, **kwargs)
            deed = _deed(function, args, kwargs)
            accidents.tried.append(deed)
            result = function(*args, **kwargs)
            accidents.journal.append(deed)
            return result

    return call_counted


def _deed(function: Effect, args: tuple, kwargs: dict[str, Any]) -> Deed:
    """Return the call in words: without an object or ARQ's context as its first argument.

    It is the same for positional arguments and keywords. Made-up ids and times differ in each run,
    so they are left out.
    """
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
        args, kwargs = bound.args, bound.kwargs
    except TypeError:  # the call itself is going to raise it
        pass
    is_context = bool(args) and isinstance(args[0], dict) and args[0].keys() >= CONTEXT
    if is_context or (args and class_of(function) and _takes_object(function)):
        args = args[1:]
    given = [*map(_said, args), *(f"{key}={_said(value)}" for key, value in kwargs.items())]
    return Deed(f"{function.__qualname__}({', '.join(given)})")


def _said(value: Any) -> str:
    """Return a value in words that are the same in each run; of a library's object class and id."""
    kind = type(value)
    if isinstance(value, PLAIN) or not (is_library(kind.__module__) or kind.__repr__ is NO_REPR):
        return without_ids(value)
    own = getattr(value, "id", None)
    return f"<{kind.__name__}{f' {own}' if isinstance(own, str) else ''}>"


def _takes_object(function: Effect) -> bool:
    owner = class_of(function)
    return not isinstance(vars(owner).get(function.__name__), staticmethod) if owner else False
