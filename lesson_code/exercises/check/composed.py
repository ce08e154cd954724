"""The names that an answer composes while it runs: refused like those that its source shows."""

import operator
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from lesson_code.exercises.check.closed import refuse
from lesson_code.exercises.check.counted import FILE
from lesson_code.exercises.check.reaching import INSIDE

FRAMES = {"tb_frame", "gi_frame", "cr_frame", "ag_frame"}
OF_THE_PROCESS = {"gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames"}
_attrgetter = operator.attrgetter


def _refuse(name: str) -> NoReturn:
    refuse(f"`{name}` belongs to the check: an answer does not look inside of it")


def _guarded(builtin: Callable) -> Callable:
    """Return `getattr` or a builtin like it, which refuses the names of INSIDE."""

    def guarded(holder: Any, name: str, *more: Any) -> Any:
        if name in INSIDE:
            _refuse(name)
        return builtin(holder, name, *more)

    return guarded


BUILTINS = {one.__name__: _guarded(one) for one in (getattr, setattr, delattr)}  # for answers


def attrgetter(*names: str) -> Callable[[Any], Any]:
    """Return what `operator.attrgetter` returns. Raises PermissionError for a name of INSIDE."""
    for name in (part for path in names for part in path.split(".")):
        if name in INSIDE:
            _refuse(name)
    return _attrgetter(*names)


def refuse_composed() -> None:
    """Start to refuse them, for as long as this process lives.

    A library may look at frames, even when an answer calls it.
    """

    def look_at(event: str, args: tuple) -> None:
        is_frame = event == "object.__getattr__" and args[1] in FRAMES
        is_inside = is_frame or event in OF_THE_PROCESS
        if is_inside and sys._getframe(1).f_code.co_filename == FILE:
            _refuse(args[1] if is_frame else event)

    operator.attrgetter = attrgetter
    sys.addaudithook(look_at)
