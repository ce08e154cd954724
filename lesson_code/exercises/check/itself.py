"""A call of the check in the cell of its answer: the check would run itself."""

import ast
from collections.abc import Iterator

OURS = {"check", "hint", "play", "show_run", "solution"}


def calls_itself(tree: ast.Module) -> Iterator[str]:
    """Yield a sentence for each call of the lesson's own functions at the top of the cell."""
    for line in tree.body:
        call = line.value if isinstance(line, ast.Expr) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in OURS:
            yield f"the check runs this cell: write `{ast.unparse(call)}` in another one"
