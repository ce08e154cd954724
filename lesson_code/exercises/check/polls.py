"""Loops of an answer that wait for a job which no worker runs yet."""

import ast
from collections.abc import Iterator

from lesson_code.exercises.check.calls import ARQ_CALL, RQ_CALLS, calls

ENDS = {"is_finished", "is_failed", "get_status", "return_value", "latest_result", "refresh"}
ENDS |= {"status", "result", "result_info"}


def polls(tree: ast.Module, function: str) -> Iterator[str]:
    """Yield the loop of the answer that waits for a job which no worker runs yet."""
    for node in tree.body:
        if getattr(node, "name", "") != function:
            continue
        yield from _aborts(node)
        if not [*calls(node, RQ_CALLS | {ARQ_CALL})]:
            continue
        if node.args.args and node.args.args[0].arg == "ctx":  # an ARQ task: a worker runs it
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.While | ast.Await) and _asks(part):
                what = "its loop" if isinstance(part, ast.While) else f"`{ast.unparse(part)}`"
                yield (
                    f"no worker runs before `{function}` has returned, so {what} waits forever. "
                    "Enqueue all jobs, and let the queue order them"
                )


def _aborts(node: ast.AST) -> Iterator[str]:
    """Yield the `abort` that has no time limit: it waits for the worker that aborts the job."""
    for call in calls(node, {"abort"}):
        if not call.args and not call.keywords:
            yield (
                f"`{ast.unparse(call)}` waits until a worker has aborted the job, and no worker"
                " runs before your function has returned"
            )


def _asks(part: ast.While | ast.Await) -> bool:
    """Return whether a loop looks at the state or the result of a job, or this awaits a result."""
    if isinstance(part, ast.Await):
        return getattr(getattr(part.value, "func", None), "attr", "") == "result"
    return any(isinstance(node, ast.Attribute) and node.attr in ENDS for node in ast.walk(part))
