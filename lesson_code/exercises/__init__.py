"""Exercises as data, with a check that runs an answer and says where it differs.

A name is imported on first use: the command line needs none of the notebooks' imports.
"""

import os
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = [
    "check",
    "check_project",
    "hint",
    "play",
    "predict",
    "progress",
    "quiz",
    "reason",
    "reset",
    "search",
    "show_run",
    "solution",
    "start_project",
]
PROJECT = ("check_project", "start_project")
JUDGED = ("check", "show_run")  # whoever imports these will need a judge


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in PROJECT:
        globals()[name] = getattr(import_module(f"{__name__}.own_project"), name)
        return globals()[name]
    learner = import_module(f"{__name__}.learner")
    # `check` and `progress` are modules, too: the functions take their places.
    globals().update({one: getattr(learner, one) for one in __all__ if one not in JUDGED + PROJECT})
    if isinstance(globals().get("check"), ModuleType):
        del globals()["check"]  # so whoever wants the function asks here
    if name in JUDGED:
        globals()[name] = getattr(learner, name)
        if os.environ.get("LESSON_FRAMES") != "last":  # not where notebooks are tested
            learner.warm_up()
    return globals()[name]
