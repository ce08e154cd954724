"""Fair turns for a board: after a worker has started a job, the next worker goes on.

On the stage a worker keeps the baton for as long as it can, so the first worker would do all jobs.
"""

from lesson_code.lab.stage.milestones import STARTS, simply
from lesson_code.lab.stage.play_rq import RQPlay


class FairTurns:
    """Hands the baton over in a run that is about to be played, unless the run's choices do.

    `made` are the turns that it has made. With them as choices, `play` repeats the run.
    """

    def __init__(self, run: RQPlay):
        self.run, self.chosen = run, run.director.wanted
        self.made: list[tuple[int, int]] = []  # (step, number of the worker, from 0)
        self.looked = 0  # the steps that were looked at
        self.due: set[str] = set()  # workers that have started a job, and handed on no turn since
        run.director.wanted = self.wanted

    def wanted(self) -> int | None:
        """Return the number of the worker that gets the baton now; None if it stays."""
        if (chosen := self.chosen()) is not None:
            return chosen
        if (to := self._next()) is not None:
            self.made.append((len(self.run.director.steps), to))
        return to

    def _next(self) -> int | None:
        baton, steps = self.run.stage.baton, self.run.director.steps
        here = baton.here()
        who = self.run.cast.workers[here].name
        self.due |= {one.worker for one in steps[self.looked :] if simply(one) == STARTS}
        self.looked = len(steps)
        if who not in self.due:
            return None
        self.due.remove(who)
        there = len(baton.players)
        after = [(here + way) % there for way in range(1, there)]
        return next((one for one in after if baton.players[one].can_go_on()), None)
