"""Would a crash run code of a function as it leaves it? Python's exception table tells."""

import builtins
import dis
from asyncio import CancelledError
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

from lesson_code.lab.stage.director import Died

# The compiler adds these around a handler, to forget the exception and to raise it again.
TIDIES_UP = {
    *("PUSH_EXC_INFO", "COPY", "SWAP", "POP_EXCEPT", "NOP", "CALL_INTRINSIC_1"),
    *("LOAD_CONST", "STORE_FAST", "DELETE_FAST"),  # the name in `except … as error`
}
GOES_ON = {"RERAISE", "CLEANUP_THROW"}


def passes_through(frame: FrameType) -> bool:
    """Return whether a crash would run no code of this function.

    Such code is a `finally`, a `with`, or an `except` that catches the crash.
    """
    code, at = frame.f_code, frame.f_lasti
    names = {**vars(builtins), **frame.f_globals}
    while (handler := _handler(code, at)) is not None:
        if (again := _raises_again(code, handler, names)) is None:
            return False
        at = again
    return True


def suspended(coroutine: Any) -> Iterator[FrameType]:
    """Yield the frame of a coroutine, then the frames of the coroutines that it awaits."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame:
            yield frame
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)


def _handler(code: CodeType, at: int) -> int | None:
    """Return the offset of the handler for an exception at this offset; None if there is none."""
    found = (one.target for one in _tables(code)[0] if one.start <= at < one.end)
    return next(found, None)


def _raises_again(code: CodeType, at: int, names: dict[str, Any]) -> int | None:
    """Return the offset at which a handler raises the exception again.

    Return None if it may run code of the function before that.
    """
    instructions = _tables(code)[1]
    while (one := instructions.get(at)) is not None:
        name, following = one.opname, _after(code, at)
        if name in GOES_ON:
            return at
        if name == "LOAD_GLOBAL" and instructions[following].opname == "CHECK_EXC_MATCH":
            taken = names.get(one.argval)
            if not isinstance(taken, type) or issubclass(Died, taken):
                return None
            if issubclass(CancelledError, taken):
                return None
            jump = instructions[_after(code, following)]
            if "IF_FALSE" not in jump.opname:
                return None
            at = jump.argval
        elif name in TIDIES_UP:
            at = following
        else:
            return None
    return None


def _after(code: CodeType, at: int) -> int:
    return _tables(code)[2][at]


@lru_cache(maxsize=1024)
def _tables(code: CodeType) -> tuple[list, dict[int, dis.Instruction], dict[int, int]]:
    """Return the exception table, the instructions by offset, and the offset after each."""
    found = [*dis.get_instructions(code)]
    offsets = [one.offset for one in found]
    following = dict(zip(offsets, [*offsets[1:], -1], strict=True))
    return dis.Bytecode(code).exception_entries, dict(zip(offsets, found, strict=True)), following
