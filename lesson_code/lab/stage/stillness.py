"""No changes besides the steps of the run: no garbage is collected meanwhile, no log is written.

redis-py sends UNWATCH when it discards a transaction, and that can happen at any moment.
"""

import gc
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from unittest.mock import patch

from redis import ConnectionError
from redis.client import Pipeline

from lesson_code.lab.engines.fake import Commands

_end = Pipeline.__del__


def _end_in_silence(pipeline: Pipeline) -> None:
    """Discard a transaction; Python would print the crash of its worker, and go on."""
    with suppress(BaseException):
        _end(pipeline)


@contextmanager
def still() -> Iterator[None]:
    """Collect no garbage in here, and silence the libraries' logs."""
    was, loggers = gc.isenabled(), [logging.getLogger(name) for name in ("rq", "arq")]
    levels = [logger.level for logger in loggers]
    gc.disable()
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with patch.object(Pipeline, "__del__", _end_in_silence):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if was:
            gc.enable()


@contextmanager
def in_silence_of_tasks() -> Iterator[None]:
    """Drop what tasks print and log in here: they run hundreds of times."""
    level = logging.root.manager.disable
    logging.disable()
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(level)


@contextmanager
def many_runs() -> Iterator[None]:
    """Keep the garbage collector from traversing older objects while many runs are played."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def over(commands: Commands) -> None:
    """Keep all late commands away from the Redis of a run that is over."""
    raise ConnectionError("this run is over")


async def over_async(commands: Commands) -> None:
    over(commands)
