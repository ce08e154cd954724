"""A task as a worker meets it: a function that it imports by its name, plain or a coroutine
function, which may end in more ways than by returning or raising.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from inspect import isbuiltin, isclass, iscoroutine, isfunction, ismethod
from pkgutil import resolve_name
from typing import Any

Task = Callable | str  # a function, or its name: "package.module.function"

# What a task may raise when it fails. A person who presses Ctrl+C is no failure.
FAILURES = (Exception, SystemExit, asyncio.CancelledError)


def named(task: Task) -> Any:
    """Return the name by which a worker imports the function: that fits into JSON, too.

    Anything else, such as a `partial`, stays as it is; JSON refuses it.
    Raises ValueError for what no worker can import: a lambda, a function inside another, and what
    is defined in `__main__`.
    """
    if "<" in (name := full_name(task)):
        raise ValueError(f"a worker imports a function by its name, and {name} has none")
    return name if isfunction(task) else task


def full_name(task: Task) -> str:
    """Return where the task is defined: "package.module.function", or the class of an object.

    Raises ValueError for `__main__` (a script, a notebook), which is another module in a worker.
    """
    home = task
    while isinstance(home, partial):
        home = home.func
    if ismethod(home):
        home = home.__self__
    if isinstance(home, str):
        name = home
    elif isfunction(home) or isclass(home) or isbuiltin(home):
        name = f"{home.__module__}.{home.__qualname__}"
    else:  # an object: a worker imports its class
        name = f"{type(home).__module__}.{type(home).__qualname__}"
    if name.startswith("__main__."):
        refused = "Functions from the __main__ module cannot be processed by workers"  # RQ's words
        raise ValueError(f"{refused}: put {name.removeprefix('__main__.')} into a module")
    return name


def short_name(task: Task) -> str:
    """Return the last word of the function's name, of which the ids of jobs are made.

    Raises ValueError for what is no function of a module.
    """
    name = named(task)
    if not isinstance(name, str):
        raise ValueError(f"a step is a function of a module, and {task!r} is none")
    return name.rpartition(".")[2]


def all_different(names: Iterable[str], of: str) -> list[str]:
    """Return the names. Raises ValueError, with the words `of`, if one of them is there twice."""
    counts = Counter(names)
    if twice := sorted(name for name, count in counts.items() if count > 1):
        raise ValueError(f"two {of} have the same name: {', '.join(twice)}")
    return [*counts]


def load(task: Task) -> Callable:
    """Return the function. Raises ImportError or AttributeError if nothing has that name."""
    return resolve_name(task) if isinstance(task, str) else task


def completed(result: Any) -> Any:
    """Return what a task has returned; if that is a coroutine, run it to its end, as RQ does.

    Raises what the coroutine raises, and RuntimeError where an event loop runs already.
    """
    return asyncio.run(result) if iscoroutine(result) else result
