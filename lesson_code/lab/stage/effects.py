"""Count the calls of a project's own functions as effects; its tasks need not be rewritten.

While a story is played, each module that holds such a function holds a counted one instead, even if
it has imported it with `from billing import charge`. A counted call is a place of a run, as an
effect of a world's task is, and it has happened when the function returns.
"""

import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from uuid import UUID

from lesson_code.lab.stage.data import is_library
from lesson_code.lab.stage.made_up import without_ids
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import Deed

Effect = Callable[..., Any]
CONTEXT = {"redis", "job_id"}  # keys of the dictionary that ARQ gives to a task
HELD = "{} holds `{}`: a job of it is counted as an effect, a direct call through it is not"
PLAIN = str | bytes | int | float | None | list | tuple | set | dict | date | Decimal | UUID
HOLDERS = list | tuple | set | frozenset | dict
_now_counted: set[Effect] = set()


class CannotCount(ValueError):
    """The error for an effect whose calls cannot be counted."""


def effect_named(name: str) -> Effect:
    """Return the function "mypackage.billing:charge", or the method "…:Gateway.charge".

    Raises CannotCount if there is none, or if its calls cannot be counted.
    """
    module, colon, path = name.partition(":")
    if not (module and colon and path):
        raise CannotCount(f"an effect is named module:function, as in mypackage.billing:charge, "
                          f"and this is {name!r}")  # fmt: skip
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        raise CannotCount(f"the module of the effect {name} is not found: {error}") from error
    except AttributeError as error:
        raise CannotCount(f"there is no effect {name}: {error}") from error
    return effect_of(found)


def effect_of(thing: Any) -> Effect:
    """Return the function whose calls are counted: of a method, that of its class.

    A text is a name, as `effect_named` takes it. Raises CannotCount for all else.
    """
    if isinstance(thing, str):
        return effect_named(thing)
    function = thing.__func__ if isinstance(thing, MethodType) else thing
    name = getattr(function, "__qualname__", repr(function))
    if not isinstance(function, FunctionType):
        kind = "built into Python" if isinstance(function, BuiltinFunctionType) else "no function"
        raise CannotCount(f"{name} cannot be counted, because it is {kind}: "
                          "name the function of your own that calls it")  # fmt: skip
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise CannotCount(f"{name} cannot be counted, because it is a generator: "
                          "name the function that it calls for each item")  # fmt: skip
    if "<locals>" in name and not [*_modules_with({function})]:
        raise CannotCount(f"{name} cannot be counted, because no module has a name for it: "
                          "move it to the top of a module")  # fmt: skip
    return function


def is_counted_by_a_world(function: Effect) -> bool:
    """Return whether this is a task of a world: its calls are effects already."""
    return function.__globals__ is vars(accidents)


def counted_if_effect(function: Effect, effects: Iterable[Effect]) -> Effect:
    """Return the counted function if this one is among the effects; else the function itself."""
    return _counted(function) if function in [*effects] else function


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


def held_elsewhere(effects: Iterable[Effect]) -> Iterator[str]:
    """Yield a sentence for each list or dictionary of a module that holds one of the effects."""
    wanted = {*effects}
    for module in [one for one in _modules() if not is_library(one.__name__)]:
        for name, value in list(vars(module).items()):
            if not isinstance(value, HOLDERS):
                continue
            inside = [*(value.values() if isinstance(value, dict) else value)]
            found = [one for one in inside if isinstance(one, FunctionType) and one in wanted]
            if len(found) < len(inside):  # else it is the list of the effects themselves
                for one in found:
                    yield HELD.format(f"{module.__name__}.{name}", one.__qualname__)


def _exchange(new: dict[Effect, Effect]) -> None:
    """Put other functions in the place of these, in all modules and in their own classes."""
    if not new:
        return
    for module, name, function in [*_modules_with({*new})]:
        setattr(module, name, new[function])
    for old, function in new.items():
        if owner := _class_of(old):
            there = vars(owner)[old.__name__]
            kind = type(there) if isinstance(there, staticmethod | classmethod) else None
            setattr(owner, old.__name__, kind(function) if kind else function)


def _modules() -> list[ModuleType]:
    return [one for one in list(sys.modules.values()) if isinstance(one, ModuleType)]


def _modules_with(functions: set[Effect]) -> Iterator[tuple[ModuleType, str, Effect]]:
    """Yield each module that holds one of the functions, and under which name."""
    for module in _modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, FunctionType) and value in functions:
                yield module, name, value


def _class_of(function: Effect) -> type | None:
    """Return the class that a method is defined in; None for a function of a module."""
    owner: Any = sys.modules.get(function.__module__)
    for part in function.__qualname__.split(".")[:-1]:
        owner = getattr(owner, part, None)
    return owner if isinstance(owner, type) else None


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
    if is_context or (args and _class_of(function) and _takes_object(function)):
        args = args[1:]
    given = [*map(_said, args), *(f"{key}={_said(value)}" for key, value in kwargs.items())]
    return Deed(f"{function.__qualname__}({', '.join(given)})")


def _said(value: Any) -> str:
    """Return a value in words that are the same in each run: of an object its class and id."""
    if isinstance(value, PLAIN):
        return without_ids(value)
    own = getattr(value, "id", None)
    return (
        f"<{type(value).__name__} {own}>" if isinstance(own, str) else f"<{type(value).__name__}>"
    )


def _takes_object(function: Effect) -> bool:
    owner = _class_of(function)
    return not isinstance(vars(owner).get(function.__name__), staticmethod) if owner else False
