"""The data that a task's code can reach: all that it could remember outside of Redis."""

import io
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any

import redis.asyncio

from lesson_code.lab.stage.clock import real
from lesson_code.worlds import accidents

LIBRARIES = {"rq", "arq", "redis", "fakeredis", "sortedcontainers", *sys.stdlib_module_names}
CLOCK = "lesson_code.lab.stage.clock"
WORLDS = ("lesson_code.worlds.", "lesson_code.examples.")
BY_NAME = {  # names with which code reaches data that it does not name
    *("globals", "vars", "eval", "exec", "getattr", "setattr", "delattr", "__dict__"),
    *("__import__", "import_module", "import_attribute", "resolve_name"),
    *("sys", "builtins", "gc", "ctypes", "inspect"),
}
CLIENTS = (redis.Redis, redis.asyncio.Redis, redis.ConnectionPool, redis.asyncio.ConnectionPool)
HIDDEN = (GetSetDescriptorType, MemberDescriptorType)
CANNOT = (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError)


class Unknown(pickle.PicklingError):
    """The error for a task whose code does not tell which data it can reach."""


def is_library(module: str | None) -> bool:
    """Return whether this is a module in which no task keeps data."""
    name = module or ""
    if name.partition(".")[0] == "lesson_code":
        return name == accidents.__name__ or not name.startswith(WORLDS)
    return name.partition(".")[0] in LIBRARIES


def data_of(task: Callable) -> bytes:
    """Return the globals, closures, attributes and defaults that the task can reach, as bytes.

    Raises one of CANNOT if the task reaches an object that cannot be read, such as a lock.
    """
    text = io.BytesIO()
    Data(text).dump(task)
    return text.getvalue()


class Data(pickle.Pickler):
    """Pickles functions and classes together with the data that they hold."""

    def __init__(self, text: io.BytesIO):
        super().__init__(text)
        self.fast = True  # no memo: equal data give equal bytes
        self.seen: set[int] = set()

    def reducer_override(self, thing: Any) -> Any:
        if _is_of_time(thing):
            return str, ("time",)
        if isinstance(thing, CLIENTS):
            return str, ("client",)  # its data are in Redis
        if isinstance(thing, FunctionType):
            return self._once(thing, _in_function)
        if isinstance(thing, ModuleType):
            raise Unknown(f"{thing.__name__} is handed on as a value")
        if isinstance(thing, type) and not is_library(thing.__module__):
            return self._once(thing, _in_class)
        if hasattr(thing, "cache_info"):
            return tuple, ((tuple(thing.cache_info()), thing.__wrapped__),)
        if isinstance(thing, property):
            return tuple, ((thing.fget, thing.fset, thing.fdel),)
        if isinstance(thing, classmethod | staticmethod):
            return tuple, ((thing.__func__,),)
        return NotImplemented

    def _once(self, thing: Any, look: Callable[[Any], Iterator]) -> tuple:
        name = (thing.__module__, thing.__qualname__)
        if id(thing) in self.seen:
            return tuple, (name,)
        self.seen.add(id(thing))
        return tuple, ((*name, *look(thing)),)


def _is_of_time(thing: Any) -> bool:
    """Return whether a module has its own name of this, as by `from time import sleep`.

    The stage exchanges it, so that a task finds another one than the test that names the task.
    """
    module = getattr(thing, "__module__", None)
    if thing is real or module == CLOCK:
        return isinstance(thing, type | FunctionType)
    return module == "time" and isinstance(thing, BuiltinFunctionType)


def _in_class(cls: type) -> Iterator[Any]:
    for name, value in vars(cls).items():
        is_data = not name.startswith("__") and not isinstance(value, HIDDEN)
        if is_data or isinstance(value, FunctionType):
            yield name, value


def _in_function(function: FunctionType) -> Iterator[Any]:
    yield hash(function.__code__), function.__defaults__, function.__kwdefaults__
    yield dict(function.__dict__)
    for cell in function.__closure__ or ():
        yield cell.cell_contents
    if not is_library(function.__globals__.get("__name__")):  # `wraps` sets its __module__
        names = names_in(function.__code__)
        if names & BY_NAME:
            raise Unknown(f"{function.__qualname__} uses {min(names & BY_NAME)}")
        yield from _named(names, function.__globals__, set())


def _named(names: frozenset[str], there: dict[str, Any], seen: set[str]) -> Iterator[Any]:
    """Yield the members of a namespace with these names, and those of the modules among them."""
    for name in sorted(names):
        value = there.get(name, sys.modules.get(name))
        if not isinstance(value, ModuleType):
            yield name, value
        elif value is accidents and names & {"journal", "tried"}:
            raise Unknown("it reads the journal of effects")
        elif not is_library(value.__name__) and value.__name__ not in seen:
            seen.add(value.__name__)
            yield from _named(names, vars(value), seen)


@lru_cache(maxsize=1024)
def names_in(code: CodeType) -> frozenset[str]:
    """Return all names that the code, and the code inside it, uses."""
    inner = [names_in(one) for one in code.co_consts if isinstance(one, CodeType)]
    return frozenset(code.co_names).union(*inner)
