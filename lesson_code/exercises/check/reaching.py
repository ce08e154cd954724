"""The names of a cell that belong to the check, as its source shows them."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from lesson_code.exercises.check.closed import ACCIDENTS, is_check
from lesson_code.worlds import accidents
from lesson_code.worlds.accidents import ERRORS

INSIDE = {
    *("__wrapped__", "__globals__", "__closure__", "__code__"),  # of a task
    *("_getframe", "currentframe", "f_back", "f_locals", "f_globals", "tb_frame"),  # of a caller
    *("get_objects", "get_referrers", "get_referents", "__subclasses__"),  # of the whole process
    *("__getattribute__", "getattr_static", "getclosurevars"),  # ways around a module's own guard
}
ERROR = re.compile(rf"{re.escape(ACCIDENTS)}\.({'|'.join(ERRORS)})\b")  # as a traceback says it


def reaches(source: str, given: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each name of the cell that belongs to the check.

    These are the modules of the check, the parts inside of functions and frames, and the names that
    only the setting of the exercise has brought into the cell's namespace, `given`.
    """
    tree = ast.parse(source)
    own = {*_bound(tree)}
    brought = {name for name, what in given.items() if _is_of_accidents(what)} - own
    for node in ast.walk(tree):
        name = _name(node)
        is_brought = isinstance(node, ast.Name) and name in brought
        is_told = isinstance(node, ast.Constant) and is_check(name) and not ERROR.match(name)
        if is_brought or name in INSIDE or is_told:
            yield f"line {node.lineno} uses `{name}`, which belongs to the check"


def _name(node: ast.AST) -> str:
    """Return the name that this node says: a variable, an attribute, an import, or a text."""
    if isinstance(node, ast.alias):
        return node.name
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
