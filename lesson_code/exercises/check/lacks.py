"""Calls of an answer that lack arguments, or an id."""

import ast
import re
from collections.abc import Iterator

from lesson_code.exercises.check.calls import ARQ_CALL, RQ_CALLS, calls, method, tree_of


def lacks(source: str, told: str) -> list[str]:
    """Return a sentence for each call that lacks what `told` misses: arguments, or an id.

    The call may lack it for a reason that an exercise knows better.
    """
    if (tree := tree_of(source)) is None:
        return []
    found = [*_without_arguments(tree, told)]
    if "library made up" in told:
        found += _without_an_id(tree)
    return list(dict.fromkeys(found))


def _without_arguments(tree: ast.Module, told: str) -> Iterator[str]:
    """Yield the call that enqueues a task without arguments, if the task has missed them."""
    lacking = {*re.findall(r"(\w+)\(\) missing \d+ required positional", told)}
    for call in calls(tree, RQ_CALLS | {ARQ_CALL}):
        name = ast.unparse(call.args[0]).rpartition(".")[2].strip("'") if call.args else ""
        if name in lacking and len(call.args) == 1:
            how = method(call)
            yield (
                f"`{how}({ast.unparse(call.args[0])}, …)` passes no arguments to the task: they "
                f"follow {'its name' if how == ARQ_CALL else 'the function'}, after a comma"
            )


def _without_an_id(tree: ast.Module) -> Iterator[str]:
    for call in calls(tree, RQ_CALLS | {ARQ_CALL}):
        how = method(call)
        option = "_job_id" if how == ARQ_CALL else "job_id"
        if call.args and not {option, None} & {word.arg for word in call.keywords}:
            yield f"`{how}({ast.unparse(call.args[0])}, …)` gives the job no id: add `{option}=`"
