"""The names in a cell: those that it binds, and those that it reads."""

import ast
from collections.abc import Iterator


def bound(source: str) -> Iterator[tuple[str, str]]:
    """Yield each name that the cell itself binds, and its value."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for node in compile(source, "<cell>", "exec", flags).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, "a function"
        elif isinstance(node, ast.ClassDef):
            yield node.name, "a class"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", "") or ""
            for one in node.names:
                yield one.asname or one.name, f"{module}.{one.name}".strip(".")
        else:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    yield inner.id, "a variable"


def used(source: str) -> set[str]:
    """Return the names that the cell reads."""
    nodes = ast.walk(ast.parse(source))
    return {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def inside(source: str) -> set[str]:
    """Return the names that exist only in a comprehension."""
    loops = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.comprehension)]
    return {name.id for one in loops for name in ast.walk(one.target) if isinstance(name, ast.Name)}
