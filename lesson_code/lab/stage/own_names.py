"""The names of the time in a project's own modules: `from time import sleep` makes one."""

import os
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

OURS = str(Path(__file__).parents[2])  # the modules of the lesson ask `time` itself
INSTALLED = (OURS, str(Path(os.__file__).parent), "<")  # the lesson, Python, and no file at all
_known: tuple[tuple[int, ...], list[ModuleType]] = (), []  # the loaded modules, and those of ours


def own_names(things: Iterable[Any]) -> Iterator[tuple[ModuleType, str, Any]]:
    """Yield each name of one of these things in a project's own modules: module, name, thing.

    It asks the values of a module for nothing but their identity: some do work when asked.
    """
    wanted = {id(thing) for thing in things}
    for module in own_modules():
        for name, value in list(vars(module).items()):
            if id(value) in wanted:
                yield module, name, value


def own_modules() -> list[ModuleType]:
    """Return all modules that are loaded and belong to no library."""
    global _known
    loaded = list(sys.modules.values())
    which = tuple(map(id, loaded))
    if which != _known[0]:  # each run asks again, and seldom is another module loaded
        _known = which, [module for module in loaded if module and is_own(_file_of(module))]
    return _known[1]


@lru_cache(maxsize=4096)
def is_own(file: str | None) -> bool:
    """Return whether a module with this file is of a project, not of a library or of the lesson."""
    return bool(file) and not file.startswith(INSTALLED) and "-packages" not in file


def _file_of(module: ModuleType) -> str | None:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else None
