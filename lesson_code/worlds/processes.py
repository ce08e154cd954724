"""Playing that a function runs in another process: what this one keeps in memory is not there."""

from collections.abc import Callable
from copy import deepcopy
from types import FunctionType


def in_another_process(function: Callable) -> Callable:
    """Return `function` with copies of its module's lists, dicts and sets, as they are now."""
    if not isinstance(function, FunctionType):
        return function
    names = {
        name: deepcopy(thing) if type(thing) in (list, dict, set) and name[:2] != "__" else thing
        for name, thing in function.__globals__.items()
    }
    return FunctionType(function.__code__, names, function.__name__)
