"""The functions of a project whose calls are effects: found by name, or refused by name."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from lesson_code.lab.stage.data import is_library
from lesson_code.worlds import accidents

Effect = Callable[..., Any]
HELD = "{} holds `{}`: a job of it is counted as an effect, a direct call through it is not"
HOLDERS = (list, tuple, set, frozenset, dict)


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
    if "<locals>" in name and not [*modules_with({function})]:
        raise CannotCount(f"{name} cannot be counted, because no module has a name for it: "
                          "move it to the top of a module")  # fmt: skip
    return function


def is_counted_by_a_world(function: Effect) -> bool:
    """Return whether this is a task of a world: its calls are effects already."""
    return function.__globals__ is vars(accidents)


def held_elsewhere(effects: Iterable[Effect]) -> Iterator[str]:
    """Yield a sentence for each list or dictionary of a module that holds one of the effects."""
    wanted = {*effects}
    for module in [one for one in _modules() if not is_library(one.__name__)]:
        for name, value in list(vars(module).items()):
            if type(value) not in HOLDERS:
                continue
            inside = [*(value.values() if isinstance(value, dict) else value)]
            found = [one for one in inside if type(one) is FunctionType and one in wanted]
            if len(found) < len(inside):  # else it is the list of the effects themselves
                for one in found:
                    yield HELD.format(f"{module.__name__}.{name}", one.__qualname__)


def _modules() -> list[ModuleType]:
    return [one for one in list(sys.modules.values()) if isinstance(one, ModuleType)]


def modules_with(functions: set[Effect]) -> Iterator[tuple[ModuleType, str, Effect]]:
    """Yield each module that holds one of the functions, and under which name."""
    for module in _modules():
        for name, value in list(vars(module).items()):
            if type(value) is FunctionType and value in functions:
                yield module, name, value


def class_of(function: Effect) -> type | None:
    """Return the class that a method is defined in; None for a function of a module."""
    owner: Any = sys.modules.get(function.__module__)
    for part in function.__qualname__.split(".")[:-1]:
        owner = getattr(owner, part, None)
    return owner if isinstance(owner, type) else None
