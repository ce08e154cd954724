"""The worlds, closed: an answer calls their functions, and reaches nothing else of them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from lesson_code.exercises.check.counted import FILE
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import ERRORS

LESSON = str(Path(accidents.__file__).parents[1])
ACCIDENTS = accidents.__name__
SETTING = "<the exercise>"  # the file name of a setting
BELONG_TO_THE_CHECK = {"task", "reader", "OTHER", "__dict__"}  # in each world
INSIDE_OF_A_TASK = {"__wrapped__", "__globals__", "__closure__", "__code__"}


class World(ModuleType):
    """A world that an answer can neither change nor look into.

    The code of the lesson and of a setting still can, even when an answer calls it.
    """

    def __getattribute__(self, name: str) -> Any:
        """Return the part `name`. Raises PermissionError where it is none for an answer."""
        its = super().__getattribute__
        if _is_closed(its("__name__"), name) and _is_asked_by_an_answer():
            raise PermissionError(
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


def close(worlds: tuple[ModuleType, ...]) -> None:
    """Close these modules to answers, for as long as this process lives."""
    for world in worlds:
        if not isinstance(world, World):
            world.__class__ = World


def reaches(source: str, given: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each name of the cell that belongs to the check.

    These are the parts inside of a function, and the names that only the setting of the exercise
    has brought into the cell's namespace, `given`.
    """
    tree = ast.parse(source)
    own = {*_bound(tree)}
    brought = {name for name, what in given.items() if _is_of_accidents(what)} - own
    for node in ast.walk(tree):
        name = _name(node)
        if name in INSIDE_OF_A_TASK or (isinstance(node, ast.Name) and name in brought):
            yield f"line {node.lineno} uses `{name}`, which belongs to the check"


def _name(node: ast.AST) -> str:
    """Return the name that this node says: a variable, an attribute, or a text of that kind."""
    told = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "value", None)
    return told if isinstance(told, str) else ""


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield the names that the cell gives a value of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _is_of_accidents(what: object) -> bool:
    """Return whether it belongs to the module that arranges failures, and is none of its errors."""
    if what is accidents:
        return True
    is_its_own = getattr(what, "__module__", "") == ACCIDENTS
    return is_its_own and what not in ERRORS.values()


def _refuse_to_change(world: World, name: str) -> None:
    if _is_asked_by_an_answer():
        raise PermissionError(
            f"an answer must not replace `{_short(world.__name__)}.{name}`, which the check needs"
            " as it is"
        )


def _is_closed(world: str, name: str) -> bool:
    is_dunder = name.startswith("__") and name.endswith("__")
    if name in BELONG_TO_THE_CHECK or (name.startswith("_") and not is_dunder):
        return True
    return world == ACCIDENTS and not is_dunder and name not in ERRORS


def _is_asked_by_an_answer() -> bool:
    """Return whether an answer comes first among the callers, before other code of the lesson."""
    frame = sys._getframe()
    while frame.f_code.co_filename == __file__:
        frame = frame.f_back
    while frame and not frame.f_code.co_filename.startswith((LESSON, SETTING)):
        if frame.f_code.co_filename == FILE:
            return True
        frame = frame.f_back
    return False


def _short(name: str) -> str:
    return name.rpartition(".")[2]
