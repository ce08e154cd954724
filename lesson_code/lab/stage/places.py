"""A place of a run, with all data on which the future of a crash there depends."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from functools import cached_property

from lesson_code.lab.engines.fake import Snapshot
from lesson_code.lab.stage.data import is_library
from lesson_code.lab.stage.remains import Known
from lesson_code.lab.stage.stage import Moment
from lesson_code.lab.stage.unwinding import passes_through, suspended
from lesson_code.worlds.accidents import Arranged, Deed


@dataclass(frozen=True)
class Place:
    """A worker is about to take a step, and could crash instead.

    `note` is the key under which that worker describes itself, `part` the part of the story that is
    being played. `is_alone` means that no other worker is at work. `is_plain` means that a crash
    here runs no code of a task, such as a `finally`.
    """

    worker: str
    note: bytes
    redis: Snapshot
    moment: Moment
    journal: tuple[Deed, ...]
    arranged: Arranged
    known: Known
    came: int  # how many workers have started so far
    part: int
    dead: frozenset[str]
    is_alone: bool
    is_plain: bool

    @cached_property
    def bare(self) -> Place:
        """Return this place without the data on which the future does not depend.

        These are the worker's note, and the effects so far, which no task reads.
        """
        return replace(self, redis=self.redis.without(self.note), journal=())


def interrupts_nothing(until: tuple[str, str]) -> bool:
    """Return whether a crash here would run only code of libraries.

    The frames in question go from the current one up to one of these functions of the stage.
    """
    frame = inspect.currentframe()
    while frame:
        module = frame.f_globals.get("__name__", "")
        if not is_library(module) and not passes_through(frame):
            return False
        if frame.f_code.co_name in until and module.startswith(__package__):
            return True
        frame = frame.f_back
    return True


def ends_without_a_trace(coroutine: Coroutine) -> bool:
    """Return whether a crash would run only code of libraries in this suspended coroutine."""
    frames = suspended(coroutine)
    return all(is_library(one.f_globals.get("__name__")) or passes_through(one) for one in frames)
