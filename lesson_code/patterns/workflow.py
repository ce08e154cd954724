"""A workflow as plain data: steps by name, each with its task and its parents."""

from collections.abc import Callable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

# {"extract": (extract, []), "report": (report, ["extract"])}: a task takes its parents' results;
# a library may let more stand behind that
Steps = Mapping[str, tuple[Callable[..., Any], Sequence[str], *tuple[Any, ...]]]


class WorkflowError(ValueError):
    """The workflow cannot be run as it is; the message names the steps at fault."""


def in_order(steps: Steps) -> list[str]:
    """Return the names of the steps, each after its parents.

    Raises WorkflowError for a parent that is no step, and for steps that wait in a circle.
    """
    parents_of = {name: parents for name, (_, parents, *_) in steps.items()}
    for name, parents in parents_of.items():
        for parent in parents:
            if parent not in steps:
                there = ", ".join(steps)
                raise WorkflowError(f"{name!r} waits for {parent!r}, no step of: {there}")
    try:
        return list(TopologicalSorter(parents_of).static_order())
    except CycleError as error:
        raise WorkflowError(f"a cycle: {' → '.join(error.args[1])}") from None
