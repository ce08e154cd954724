"""SIGTERM for RQ's workers in threads: each has handlers of its own, as a process has."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from rq.exceptions import StopRequested
from rq.worker import BaseWorker

from lesson_code.lab.engines.rq_workers import CrewWorker

__all__ = ["HasNoHandler", "StopRequested", "StoppableWorker", "handlers_by_worker"]


base = sys.modules[BaseWorker.__module__]  # it has the name `signal`


class HasNoHandler(Exception):
    """The worker has not installed a handler yet: the signal kills it."""


class StoppableWorker(CrewWorker):
    """It installs RQ's own signal handlers; `tell_to_stop()` calls the one for SIGTERM."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.handlers: dict[int, Callable] = {}

    def _install_signal_handlers(self) -> None:
        BaseWorker._install_signal_handlers(self)

    def tell_to_stop(self) -> None:
        """Do as the process does at SIGTERM, in the worker's own thread.

        Raises HasNoHandler, or the exception of RQ's handler that ends the worker: StopRequested,
        or SystemExit at a second signal.
        """
        number = base.signal.SIGTERM
        if number not in self.handlers:
            raise HasNoHandler
        self.handlers[number](number, None)

    @property
    def leaving(self) -> bool:
        return super().leaving or self._shutdown_requested_date is not None


class _ByWorker:
    """The module `signal`; a handler is kept by the worker whose method it is."""

    def __init__(self, module: Any):
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def signal(self, number: int, handler: Callable) -> None:
        handler.__self__.handlers[number] = handler


@contextmanager
def handlers_by_worker() -> Iterator[None]:
    """Make each worker keep its signal handlers, because a thread cannot install them."""
    with patch.object(base, "signal", _ByWorker(base.signal)):
        yield
