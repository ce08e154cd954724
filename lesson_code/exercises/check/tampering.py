"""The parts that an answer must not change: worlds, examples that settings use, and libraries."""

import pkgutil
import sys
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from types import ModuleType
from typing import Any

import arq
import redis
import rq
import rq.job

from lesson_code import worlds
from lesson_code.examples import outbox, rq_puzzles, rq_stuck
from lesson_code.exercises.check.answer import NotAnAnswer
from lesson_code.lab.stage.story import Story

DATA = (str, int, float, tuple, list, dict, set, Story)
CLASSES = (rq.Queue, rq.SimpleWorker, rq.Worker, rq.job.Job, arq.Worker, arq.ArqRedis, redis.Redis)
NAMES = [f"{worlds.__name__}.{one.name}" for one in pkgutil.iter_modules(worlds.__path__)]
MODULES = (*map(import_module, NAMES), outbox, rq_puzzles, rq_stuck)  # settings judge with these


def _things() -> Iterator[tuple[Any, str, Any]]:
    """Yield each part that can be replaced: its place, its name, and the part itself."""
    for holder in CLASSES:
        yield from (
            (holder, name, thing)
            for name, thing in vars(holder).items()
            if callable(thing) or isinstance(thing, property | classmethod)
        )
    for module in MODULES:
        yield sys.modules, module.__name__, module
        yield from (
            (module, name, thing) for name, thing in vars(module).items() if callable(thing)
        )


def _data() -> Iterator[tuple[ModuleType, str, Any]]:
    """Yield the constants of these modules: their module, their name and their value.

    A name in small letters is no constant: there a world counts or notes something itself.
    """
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, DATA) and name.isupper():
                yield module, name, value


_BEFORE = [*_things()]
_DATA_BEFORE = [(module, name, deepcopy(value)) for module, name, value in _data()]


def undo_tampering() -> None:
    """Restore the parts that an answer has replaced. Raises NotAnAnswer, naming one, if any."""
    changed = []
    for holder, name, thing in _BEFORE:
        if holder is sys.modules:
            if sys.modules.get(name) is not thing:
                sys.modules[name] = thing
                changed.append(name)
        elif vars(holder).get(name) is not thing:
            setattr(holder, name, thing)
            where = holder.__name__ if isinstance(holder, ModuleType) else holder.__qualname__
            changed.append(f"{where.rpartition('.')[2]}.{name}")
    for module, name, value in _DATA_BEFORE:
        if vars(module).get(name) != value:
            setattr(module, name, deepcopy(value))
            changed.append(f"{module.__name__.rpartition('.')[2]}.{name}")
    if changed:
        raise NotAnAnswer(f"it has replaced `{changed[0]}`, which the check needs as it is")
