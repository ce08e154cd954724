"""The names of the time in a project's own modules: `from time import sleep` makes one."""

import sys
import sysconfig
from collections.abc import Container, Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

OURS = "lesson_code"  # its modules ask `time` itself
INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def own_names(things: Container[Any]) -> Iterator[tuple[ModuleType, str, Any]]:
    """Yield each name of one of these things in a project's own modules: module, name, thing."""
    for module in own_modules():
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", None) in ("time", "datetime") and value in things:
                yield module, name, value


def own_modules() -> list[ModuleType]:
    """Return all modules that are loaded and belong to no library."""
    loaded = list(sys.modules.items())
    return [module for name, module in loaded if module and is_own(name, _file_of(module))]


@lru_cache(maxsize=4096)
def is_own(name: str, file: str | None) -> bool:
    """Return whether a module of that name and file is of a project, not of a library."""
    return (
        file is not None
        and name.partition(".")[0] != OURS
        and not file.startswith(INSTALLED)
        and "-packages" not in file
        and not file.startswith("<")
    )


def _file_of(module: ModuleType) -> str | None:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else None
