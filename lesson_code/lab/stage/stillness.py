"""Nothing stirs that no step of the run has done: no garbage is collected meanwhile, no log told.

redis-py says UNWATCH for a transaction that is thrown away, and that happens at any moment.
"""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from redis import ConnectionError


@contextmanager
def still() -> Iterator[None]:
    """Collect no garbage in here, and let the libraries log nothing."""
    was, loggers = gc.isenabled(), [logging.getLogger(name) for name in ("rq", "arq")]
    levels = [logger.level for logger in loggers]
    gc.disable()
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if was:
            gc.enable()


def over(packed: bytes | list[bytes]) -> None:
    """Let nothing reach the Redis of a run that is over."""
    raise ConnectionError("this run is over")


async def over_async(packed: bytes | list[bytes]) -> None:
    over(packed)
