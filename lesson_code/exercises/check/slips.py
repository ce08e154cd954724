"""Common slips that are seen in the source of an answer and explain what the check says."""

import ast
import inspect
import re
from collections.abc import Iterator
from difflib import get_close_matches

from rq import Queue

from lesson_code.exercises.check.calls import ARQ_CALL, RQ_CALLS, calls, method, tree_of
from lesson_code.exercises.check.itself import calls_itself
from lesson_code.exercises.check.polls import polls

RQ_OPTIONS = {*inspect.signature(Queue.create_job).parameters} - {"self", "func", "timeout"}
RQ_OPTIONS |= {"job_timeout", "at_front", "unique", "pipeline"}  # those of `enqueue` itself
ARQ_OPTIONS = ["_job_id", "_queue_name", "_defer_until", "_defer_by", "_expires", "_job_try"]
OTHER_NAMES = {
    "id": "job_id",
    "depends": "depends_on",
    "after": "depends_on",
    "dependency": "depends_on",
    "dependencies": "depends_on",
    "retries": "retry",
    "timeout": "job_timeout",
}
# What the check says when the slip is to blame: without it, the same code may be right.
NOT_TAKEN = re.compile("unexpected keyword argument|cannot pickle|library made up|is no job")
NOT_A_FUNCTION = re.compile(
    "Invalid attribute|any worker started|callable|not found|coroutine|is no job"
)
NOT_HERE = re.compile("not defined|Misused")


def slips(source: str, function: str, engine: str, told: str) -> list[str]:
    """Return a sentence for each slip in the answer `function` of this cell, without repeats.

    `told` is what the check says about the answer; a slip that does not explain it is left out.
    """
    if (tree := tree_of(source)) is None:
        return []
    found = [*(_of_arq(tree, told) if engine == "arq" else _of_rq(tree, told))]
    if "endless loop" in told:
        found += polls(tree, function)
    if NOT_HERE.search(told):
        found += calls_itself(tree)
    return list(dict.fromkeys(found))


def _of_rq(tree: ast.Module, told: str) -> Iterator[str]:
    jobs = _jobs(tree)
    for call in calls(tree, RQ_CALLS):
        if NOT_A_FUNCTION.search(told):
            yield from _called_now(call)
        if NOT_TAKEN.search(told):
            yield from _misspelt(call)
        for given in call.args[1:]:
            if isinstance(given, ast.Name) and given.id in jobs and "cannot pickle" in told:
                yield (
                    f"`{given.id}` is a job, and a job cannot be an argument of a task. To wait "
                    f"for it, write `depends_on={given.id}`"
                )


def _of_arq(tree: ast.Module, told: str) -> Iterator[str]:
    known = {*_known(tree)}
    for call in calls(tree, {ARQ_CALL}):
        if NOT_A_FUNCTION.search(told):
            yield from _called_now(call)
        task = call.args[0] if call.args and NOT_A_FUNCTION.search(told) else None
        if isinstance(task, ast.Attribute | ast.Name):
            first, _, name = f".{ast.unparse(task)}".rpartition(".")
            if (first.strip(".") or name) not in known:
                continue
            yield (
                f'`enqueue_job` takes the *name* of a task: write `"{name}"` in quotes, and not '
                "the function"
            )
        for word in call.keywords if NOT_TAKEN.search(told) else []:
            if word.arg == "depends_on":
                yield "ARQ has no `depends_on`: it passes the word to the task as an argument"
            elif f"_{word.arg}" in ARQ_OPTIONS:
                yield f"an option of `enqueue_job` begins with `_`: write `_{word.arg}=`"


def _known(tree: ast.Module) -> Iterator[str]:
    """Yield the names of what the cell imports, and of its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (one.asname or one.name for one in node.names)


def _called_now(call: ast.Call) -> Iterator[str]:
    """Yield the task that is called in the place of the function."""
    task = call.args[0] if call.args else None
    if isinstance(task, ast.Call) and isinstance(task.func, ast.Attribute | ast.Name):
        name = ast.unparse(task.func)
        if name not in ("partial", "functools.partial", "getattr", "str"):
            how = method(call)
            yield (
                f"`{ast.unparse(task)}` calls the task at once, in your program. Pass `{name}` "
                f"without brackets to `{how}`, and the arguments after it"
            )


def _misspelt(call: ast.Call) -> Iterator[str]:
    how = method(call)
    for word in call.keywords:
        if word.arg is None or word.arg in RQ_OPTIONS:
            continue
        near = [OTHER_NAMES.get(word.arg), *get_close_matches(word.arg, RQ_OPTIONS, 1, 0.8)]
        if meant := next(filter(None, near), None):
            yield (
                f"`{word.arg}=` is no option of `{how}`, so RQ passes it to the task as an "
                f"argument. Perhaps you mean `{meant}=`"
            )


def _jobs(tree: ast.Module) -> set[str]:
    """Return the variables that get what `enqueue` returns."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "attr", "") in RQ_CALLS
        for target in node.targets
        if isinstance(target, ast.Name)
    }
