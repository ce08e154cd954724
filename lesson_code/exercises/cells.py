"""The cells of this kernel: the one that defines an answer, and those that ran after it."""

import re
from collections.abc import Callable
from inspect import findsource

from IPython import get_ipython

from lesson_code.exercises.exercise import Misused


def cell_of(answer: Callable) -> str:
    """Return the source of the whole cell that defines `answer`, as it was last run.

    Raises Misused when the kernel does not know it.
    """
    try:
        lines, _ = findsource(answer)
    except OSError:
        raise Misused(f"the cell that defines {answer.__name__} is not known: run it") from None
    return "".join(lines)


def failed_after(name: str, source: str) -> int | None:
    """Return the number of a later cell that defines `name`, too, but failed before that line."""
    shell = get_ipython()
    ran = list(shell.history_manager.input_hist_parsed) if shell else []
    for number in range(len(ran) - 1, -1, -1):
        if re.search(rf"^\s*(async\s+)?def\s+{name}\b", ran[number], flags=re.MULTILINE):
            return number if ran[number].strip() != source.strip() else None
    return None
