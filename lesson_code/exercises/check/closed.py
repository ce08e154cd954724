"""Modules that are closed to an answer: it uses the tasks and data of a world, and no more."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from lesson_code.exercises.check.counted import FILE
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import ERRORS

LESSON = str(Path(accidents.__file__).parents[1])
ACCIDENTS = accidents.__name__
CHECK = ("lesson_code.exercises.", "lesson_code.lab.engines", "lesson_code.lab.stage", ACCIDENTS)
SETTING = "<the exercise>"  # the file name of a setting
FOR_ANSWERS = {__file__, str(Path(__file__).with_name("composed.py"))}  # what an answer calls
BELONG_TO_THE_CHECK = {"task", "reader", "OTHER"}  # in each world
refused: list[str] = []  # what the answer was refused, even where one of its jobs caught the error


class Closed(ModuleType):
    """A world or a module of the check, which an answer can neither change nor look into.

    The code of the lesson and of a setting still can, even when an answer calls it.
    """

    def __getattribute__(self, name: str) -> Any:
        """Return the part `name`. Raises PermissionError where it is none for an answer."""
        its = super().__getattribute__
        if _is_closed(its("__name__"), name) and _is_asked_by_an_answer():
            refuse(
                f"`{_short(its('__name__'))}.{name}` belongs to the check: an answer uses only"
                " the tasks and the data of a world"
            )
        return its(name)

    def __setattr__(self, name: str, value: object) -> None:
        _refuse_to_change(self, name)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        _refuse_to_change(self, name)
        super().__delattr__(name)


def refuse(sentence: str) -> NoReturn:
    """Note that an answer was refused something. Raises PermissionError."""
    refused.append(sentence)
    raise PermissionError(sentence)


def close(worlds: tuple[ModuleType, ...]) -> None:
    """Close the worlds and the check to answers, for as long as this process lives."""
    check = [module for name, module in [*sys.modules.items()] if name.startswith(CHECK)]
    for module in (*worlds, *check):
        if not isinstance(module, Closed):
            module.__class__ = Closed


def _refuse_to_change(world: Closed, name: str) -> None:
    if _is_asked_by_an_answer():
        refuse(
            f"an answer must not replace `{_short(world.__name__)}.{name}`, which the check needs"
            " as it is"
        )


def is_check(name: str) -> bool:
    """Return whether a dotted name leads into the check."""
    return name.startswith(CHECK)


def _is_closed(module: str, name: str) -> bool:
    if name.startswith("__") and name.endswith("__"):
        return name == "__dict__"  # Python's import asks for the others
    if is_check(module):
        return module != ACCIDENTS or name not in ERRORS
    return name in BELONG_TO_THE_CHECK or name.startswith("_")


def _is_asked_by_an_answer() -> bool:
    """Return whether an answer comes first among the callers, before other code of the lesson."""
    frame = sys._getframe()
    while frame.f_code.co_filename in FOR_ANSWERS:
        frame = frame.f_back
    while frame and not frame.f_code.co_filename.startswith((LESSON, SETTING)):
        if frame.f_code.co_filename == FILE:
            return True
        frame = frame.f_back
    return False


def _short(name: str) -> str:
    return name.rpartition(".")[2]
