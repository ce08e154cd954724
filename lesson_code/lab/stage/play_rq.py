"""One run of an RQ story: the workers, a death, then time passes and RQ's own recovery runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from rq import Queue, get_current_job
from rq.job import Job
from rq.registry import FailedJobRegistry

from lesson_code.lab.engines.redis_words import Command, unpack
from lesson_code.lab.engines.rq_notes import running
from lesson_code.lab.engines.rq_words import PAUSES, TAKES, job_of, says
from lesson_code.lab.engines.rq_workers import CrewWorker
from lesson_code.lab.stage.baton import WaitsForEver
from lesson_code.lab.stage.cast import Cast
from lesson_code.lab.stage.director import Died, Director, Endless
from lesson_code.lab.stage.remains import Patience, outcome_of, remains_of
from lesson_code.lab.stage.stage import Stage
from lesson_code.lab.stage.stillness import over, still
from lesson_code.lab.stage.story import Outcome, Story
from lesson_code.lab.stage.token import Choices


class Mortal(CrewWorker):
    """RQ's worker as it is: it notes nothing of its own in Redis."""

    def prepare_job_execution(self, *args, **kwargs) -> None:
        super().prepare_job_execution(*args, **kwargs)
        running.set(None)

    def _record(self, *args) -> None:
        """Write no record: the places are RQ's own."""

    def trouble(self, error: BaseException) -> None:
        if not isinstance(error, Died):
            self.boss.died(self, error)


class RQPlay:
    """One run of the story with these choices: `run()` returns what is left of it."""

    def __init__(self, story: Story, choices: Choices):
        self.story = story
        self.stage = Stage()
        self.director = Director(choices, self._about, _job_here)
        self.cast: Cast | None = None
        self.came = 0  # workers
        self.remains = remains_of(story, self.stage.behind)
        self.patience = Patience(story.noticed, self.remains.waits)
        self.busy: dict[str, str] = {}  # workers, with the job they have

    def run(self) -> Outcome:
        hangs = ""
        sees_effects = self.director.sees_effects(self._who)
        with still(), self.stage.open(), sees_effects, self._sees_calls():
            self.story.enqueue(*self._queues())
            self.stage.before = self._before
            try:
                self._work(self.story.workers)
                self._recover()
                if self.story.requeue:
                    self._repair()
                if self.story.repair:
                    self.story.repair(*self._queues())
                    self._recover()
            except WaitsForEver:
                pass
            except Endless:
                hangs = "it goes on and on"
            if self.stage.baton.was_stuck:
                hangs = "everybody waits for something that never comes"
            effects = Counter(deed.call for deed in self.director.journal)
            effects += self.story.effects(self.stage.behind)
            self.stage.before = over
        return outcome_of(self.remains, effects, hangs)

    @contextmanager
    def _sees_calls(self) -> Iterator[None]:
        """Let the director know when a task is called, and when it has ended."""
        perform = Job.perform

        def performed(job: Job) -> Any:
            with self.director.call(self._who(), job.id):
                return perform(job)

        with patch.object(Job, "perform", performed):
            yield

    def _queues(self) -> list[Queue]:
        client = self.stage.client()
        return [Queue(name, connection=client) for name in self.story.queues]

    def _work(self, workers: int) -> None:
        self.cast = Cast(
            self._queues(), self.stage, workers, worker_class=Mortal, first=self.came + 1
        )
        self.came += workers
        self.cast.work()
        self.remains.look()

    def _recover(self) -> None:
        """Let others come, each after some time, as long as a worker has died, or time may help."""
        self.patience.begin()
        dead = self.director.dead
        while (wait := self.patience.next(len(dead), self.remains.is_open())) is not None:
            self.stage.clock.put_forward(wait)
            self._work(1)

    def _repair(self) -> None:
        """Be the operator who requeues what has failed; again if a worker dies at it."""
        while True:
            registries = [FailedJobRegistry(queue=queue) for queue in self._queues()]
            failed = [(one, ids) for one in registries if (ids := one.get_job_ids(cleanup=False))]
            for registry, ids in failed:
                for job_id in ids:
                    registry.requeue(job_id)
            if failed:
                self._work(1)
            if not failed or len(self.director.dead) == self.patience.mourned:
                return self._recover()
            self._recover()

    def _who(self) -> str:
        here = self.stage.baton.here()
        return "" if here is None or self.cast is None else self.cast.workers[here].name

    def _before(self, packed: bytes | list[bytes]) -> None:
        if not (who := self._who()):
            return
        director, baton = self.director, self.stage.baton
        to = director.wanted()
        if to is not None and to != baton.here() and to in baton.able():
            baton.hand_to(to)
        director.can_go_on([one for one in baton.able() if one != baton.here()])
        director.round_trip(who, unpack(packed))

    def _about(self, worker: str, commands: list[Command]) -> tuple[str, str]:
        """Return the job that the worker is busy with, and what it does."""
        words = says(commands)
        if words == TAKES:
            self.busy[worker] = self._next(commands)
        elif words == PAUSES:  # RQ asks it before it looks for the next job
            self.busy.pop(worker, None)
        if words == TAKES and not self.busy[worker]:
            words = "looks for a job; there is none"
        return self.busy.get(worker) or job_of(commands), words

    def _next(self, commands: list[Command]) -> str:
        """Return the job that is going to be taken from a queue; "" for none."""
        first = self.stage.behind.lindex(commands[0][1], 0)
        return first.decode() if first else ""


def _job_here() -> str:
    job = get_current_job()
    return job.id if job else ""
