"""The calls of an answer that enqueue a job, as its source shows them."""

import ast
from collections.abc import Iterator

RQ_CALLS = {"enqueue", "enqueue_at", "enqueue_in", "enqueue_call", "create_job"}
ARQ_CALL = "enqueue_job"


def tree_of(source: str) -> ast.Module | None:
    """Return the tree of a cell; None if it is not Python."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    """Yield each call of a method with one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and method(node) in names:
            yield node


def method(call: ast.Call) -> str:
    """Return the name of the method that is called."""
    return getattr(call.func, "attr", "")
