"""The names of the time in a project's own modules: `from time import sleep` makes one."""

import sys
import sysconfig
from collections.abc import Container, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

OURS = str(Path(__file__).parents[2])  # the modules of the lesson ask `time` itself
INSTALLED = (OURS, *{sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def own_names(things: Container[Any]) -> Iterator[tuple[ModuleType, str, Any]]:
    """Yield each name of one of these things in a project's own modules: module, name, thing."""
    for module in own_modules():
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", None) in ("time", "datetime") and value in things:
                yield module, name, value


def own_modules() -> list[ModuleType]:
    """Return all modules that are loaded and belong to no library."""
    loaded = list(sys.modules.values())
    return [module for module in loaded if module and is_own(_file_of(module))]


@lru_cache(maxsize=4096)
def is_own(file: str | None) -> bool:
    """Return whether a module with this file is of a project, not of a library or of the lesson."""
    return bool(file) and not file.startswith((*INSTALLED, "<")) and "-packages" not in file


def _file_of(module: ModuleType) -> str | None:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else None
