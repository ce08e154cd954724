"""A crash before each instruction of an answer, for writes that the stage does not see."""

import sys
from collections.abc import Callable, Iterator
from itertools import count
from types import FrameType
from typing import Any

from lesson_code.exercises.check.counted import FILE


class Crashed(BaseException):
    """The process is gone: no `except Exception` of an answer can hold it."""


def crashes(call: Callable[[str], object], name: str) -> Iterator[tuple[str, int]]:
    """Call `call("name-1")`, crashed before the first instruction of the answer that it runs,
    then `call("name-2")`, crashed before the second, and so on, until a call comes to its end.

    Yield that text and the number of the line in the cell after each crash. Raises what `call`
    raises.
    """
    for number in count(1):
        text = f"{name}-{number}"
        before = sys.gettrace()
        sys.settrace(_crash_before(number))
        try:
            call(text)
        except Crashed as crash:
            line = crash.args[0]
        else:
            return
        finally:
            sys.settrace(before)
        yield text, line


def _crash_before(number: int) -> Callable:
    """Return a trace function that raises Crashed at the answer's instruction of that number."""
    left = number

    def look(frame: FrameType, event: str, _: Any) -> Callable | None:
        nonlocal left
        if frame.f_code.co_filename != FILE:
            return None
        frame.f_trace_opcodes = True
        left -= event == "opcode"
        if left == 0:
            raise Crashed(frame.f_lineno)
        return look

    return look
