"""From the words of a command line to a story: which function enqueues, for which workers."""

import asyncio
import importlib
import inspect
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from rq.job import Job
from rq.queue import Queue
from rq.utils import import_attribute

from lesson_code.lab.engines.words import in_words
from lesson_code.lab.stage.effects import CannotCount
from lesson_code.lab.stage.own_names import is_own
from lesson_code.lab.stage.story import ArqStory, Story, with_effects
from lesson_code.lab.stage.survives import NothingToProve
from lesson_code.lab.stage.token import NoSuchRun

CLASSES = {"serializer": None, "job_class": Job, "queue_class": Queue}
SERIALIZERS = {"json": "rq.serializers.JSONSerializer"}


class CannotPlay(ValueError):
    """The error for a chain that cannot be played; it says why in one sentence."""


def story_of(
    target: str,
    queues: str | None = None,
    settings: str | None = None,
    effects: Sequence[str] = (),
    workers: int = 1,
    requeue: bool = False,
    **classes: str | None,
) -> Story | ArqStory:
    """Return the story of the function "module:function". Raises CannotPlay.

    `queues` are names, as "high,low"; `settings` is the WorkerSettings of a chain of ARQ, as
    "module:class". `classes` are those of RQ's worker: serializer, job_class, queue_class.
    """
    enqueue = named(target, "function")
    names = split([queues or ""])
    given = {name: value for name, value in classes.items() if value}
    if settings:
        for option in [*(["queues"] if names else []), *given]:
            raise CannotPlay(f"--{option.replace('_', '-')} is for RQ, and --arq is for ARQ")
        story = ArqStory(enqueue, named(settings, "class"), workers, requeue)
        _check_call(enqueue, 1, "ARQ's pool", is_async=True)
    else:
        found = {name: _class_named(name, given.get(name)) for name in CLASSES}
        story = Story(enqueue, workers, tuple(names), requeue, **found)
        what = f"the queues {', '.join(names)}" if names[1:] else f"the queue {story.given[0]}"
        _check_call(enqueue, len(story.given), what, is_async=False)
    try:
        return with_effects(story, split(effects))
    except CannotCount as why:
        raise CannotPlay(str(why)) from why


def split(names: Sequence[str]) -> list[str]:
    """Return the names in these texts, which may hold several with commas."""
    return [name.strip() for text in names for name in text.split(",") if name.strip()]


def named(path: str, what: str) -> Any:
    """Return the thing with the name "module:function". Raises CannotPlay if there is none."""
    module, _, name = path.partition(":")
    if not (module and name):
        raise CannotPlay(f"write {path!r} as module:{what}, as in mypackage.flows:enqueue_order")
    try:
        there = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            why = f"there is no module {error.name} here: start the command in its folder"
        else:
            why = f"the module {module} needs {error.name}, which is not installed here"
        raise CannotPlay(why) from error
    except Exception as error:
        raise CannotPlay(f"the module {module} cannot be imported: {_with_line(error)}") from error
    if not callable(found := getattr(there, name, None)):
        known = [one for one, value in vars(there).items() if callable(value)]
        close = get_close_matches(name, known, 1)
        more = f"; did you mean {close[0]}?" if close else ""
        raise CannotPlay(f"the module {module} has no {what} {name}{more}")
    return found


@contextmanager
def told_in_words() -> Iterator[None]:
    """Raise CannotPlay, with a sentence, for the errors of a chain in here."""
    try:
        yield
    except (NothingToProve, NoSuchRun) as why:
        raise CannotPlay(str(why)) from why
    except Exception as error:
        if not (where := _own_line(error)):
            raise
        raise CannotPlay(f"the chain raises {in_words(error)} ({where})") from error


def _class_named(option: str, name: str | None) -> Any:
    """Return a class by its name, as `rq worker` does; RQ's own one without a name."""
    if not name:
        return CLASSES[option]
    try:
        return import_attribute(SERIALIZERS.get(name, name))
    except (ImportError, AttributeError, ValueError, KeyError) as error:
        option = option.replace("_", "-")
        raise CannotPlay(f"--{option} {name} is not found: {in_words(error)}") from error


def _check_call(enqueue: Callable, number: int, what: str, is_async: bool) -> None:
    """Raise CannotPlay if the function does not take so many arguments, or is of the wrong kind."""
    name = getattr(enqueue, "__name__", "the function")
    if is_async and not inspect.iscoroutinefunction(enqueue):
        raise CannotPlay(f"{name} is no coroutine function, and with --arq it must be one")
    if not is_async and asyncio.iscoroutinefunction(enqueue):
        raise CannotPlay(f"{name} is a coroutine function: add --arq module:WorkerSettings")
    try:
        signature = inspect.signature(enqueue)
        signature.bind(*[None] * number)
    except TypeError as error:
        raise CannotPlay(f"{name}{signature} cannot be called with {what}: {error}") from error
    except ValueError:  # a callable without a known signature
        return


def _with_line(error: BaseException) -> str:
    where = _own_line(error)
    return f"{in_words(error)}{f' ({where})' if where else ''}"


def _own_line(error: BaseException) -> str:
    """Return "flows.py, line 7", the last line of the project in a traceback; "" for none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if is_own(one.filename)]
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else ""
