"""RQ on the stage: what of it lives by the clock, and has to live by the stage's."""

from collections.abc import Callable

from rq.timeouts import BaseDeathPenalty

READS_TIME = (("rq.repeat", "datetime"),)  # names of its own for a function of the time


class ClockPenalty(BaseDeathPenalty):
    """RQ's time-out of a job: `set_limit(seconds, error)` raises the error when they are over."""

    def __init__(self, set_limit: Callable[..., None], timeout: float, *args, **kwargs):
        super().__init__(timeout, *args)
        self.set_limit = set_limit

    def setup_death_penalty(self) -> None:
        if self._timeout > 0:
            late = f"Task exceeded maximum timeout value ({self._timeout} seconds)"
            self.set_limit(self._timeout, lambda: self._exception(late))

    def cancel_death_penalty(self) -> None:
        self.set_limit(float("inf"))
