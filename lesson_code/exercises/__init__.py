"""Exercises with a check that runs the answer and says what differs; they are themselves, as data.

What a notebook imports is loaded when it is asked for: the command line needs none of it.
"""

from importlib import import_module
from typing import Any

__all__ = [
    "check",
    "hint",
    "play",
    "predict",
    "progress",
    "reason",
    "reset",
    "show_run",
    "solution",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    learner = import_module(f"{__name__}.learner")
    globals().update({one: getattr(learner, one) for one in __all__})  # `check` is a folder, too
    return globals()[name]
