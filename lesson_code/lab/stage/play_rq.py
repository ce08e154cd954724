"""One run of an RQ story: the workers, a crash or a stop, then others take over.

After a crash or a stop time passes, and RQ's own recovery runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from rq import Queue, Worker, get_current_job
from rq.job import Job
from rq.registry import FailedJobRegistry

from lesson_code.lab.engines.fake import Commands
from lesson_code.lab.engines.redis_words import Sent, in_capitals
from lesson_code.lab.engines.rq_notes import running
from lesson_code.lab.engines.rq_stops import (
    HasNoHandler,
    StoppableWorker,
    StopRequested,
    handlers_by_worker,
)
from lesson_code.lab.engines.rq_words import PAUSES, TAKES, job_of, says
from lesson_code.lab.record import Step
from lesson_code.lab.stage.baton import Player, WaitsForEver
from lesson_code.lab.stage.cast import Cast
from lesson_code.lab.stage.counted_calls import counting
from lesson_code.lab.stage.director import Died, Endless
from lesson_code.lab.stage.places import Place, interrupts_nothing
from lesson_code.lab.stage.playing import Playing
from lesson_code.lab.stage.stillness import over, still
from lesson_code.lab.stage.story import Outcome, Story
from lesson_code.lab.stage.token import Choices

CALLERS = ("performed", "_run")  # they call the tasks, and the workers
WORK, REQUEUED, REPAIRED = range(3)  # the parts of a run


class Mortal(StoppableWorker):
    """RQ's own worker: it writes no note of ours into Redis.

    `left(name)` is called when it has stopped, or when its thread has ended after a crash.
    """

    left: Callable[[str], None] = staticmethod(lambda name: None)

    def prepare_job_execution(self, *args, **kwargs) -> None:
        super().prepare_job_execution(*args, **kwargs)
        running.set(None)

    def _record(self, *args) -> None:
        """Write no record: the places are RQ's own."""

    def work_in_thread(self) -> None:
        super().work_in_thread()
        self.left(self.name)

    def trouble(self, error: BaseException) -> None:
        if not isinstance(error, Died | StopRequested | SystemExit):  # the last two: SIGTERM
            self.boss.died(self, error)


class RQPlay(Playing):
    """One run of the story with these choices: `run()` returns what is left of it."""

    def __init__(self, story: Story, choices: Choices):
        super().__init__(story, choices, self._about, _job_here, note_of)
        self.director.together = lambda: len(self._at_work()) > 1
        self.director.tell_to_stop = self._tell_to_stop
        self.cast: Cast | None = None
        self.busy: dict[str, str] = {}  # workers, with their jobs

    def run(self) -> Outcome:
        with self._open():
            if not self._is_begun():
                with self._begins():
                    self.story.enqueue(*self._queues(self.story.given))
            return self._end(self._work_all)

    def go_on(self, place: Place, steps: Iterable[Step], stirred: Iterable[bool]) -> Outcome:
        """Continue as `run` does after a crash at this place; see `take_over` for the arguments."""
        with self._open():
            self.take_over(place, steps, stirred)
            return self._end(self._after_a_crash)

    def here(self) -> Place:
        """Return the place at which the run is now."""
        is_plain = interrupts_nothing(CALLERS) and not self.stage.baton.playing.threads
        return self.place(self._who(), len(self._at_work()) == 1, is_plain)

    def _at_work(self) -> list[Player]:
        return [one for one in self.stage.baton.players if not one.gone]

    @contextmanager
    def _open(self) -> Iterator[None]:
        sees_effects = self.director.sees_effects(self._who)
        counts = counting(self.story.counts)
        opened, handlers = self.stage.open(), handlers_by_worker()
        with still(), counts, opened, handlers, sees_effects, self._sees_calls():
            yield

    def _end(self, play: Callable[[], None]) -> Outcome:
        hangs = ""
        self.stage.before = self._before
        try:
            with self._hears():
                play()
        except WaitsForEver:
            pass
        except Endless:
            hangs = "it goes on and on"
        if self.stage.baton.was_stuck:
            hangs = "everybody waits for something that never happens"
        effects = self._effects()
        self.stage.before = over
        return self._outcome(effects, hangs)

    def _work_all(self) -> None:
        self._work(self.story.workers)
        self._recover()
        self._others_come()

    def _after_a_crash(self) -> None:
        self.remains.look()
        self._recover()
        self._others_come()

    def _others_come(self) -> None:
        """Play the parts that are left: an operator requeues failed jobs, then runs `repair`."""
        if self.story.requeue and self.part == WORK:
            self._requeue()
            self.part = REQUEUED
            self._recover()
        if self.story.repair and self.part < REPAIRED:
            self.part = REPAIRED
            self.story.repair(*self._queues(self.story.given))
            self._recover()

    @contextmanager
    def _sees_calls(self) -> Iterator[None]:
        """Tell the director when a task is called, and when it has ended."""
        perform = Job.perform

        def performed(job: Job) -> Any:
            with self.director.call(self._who(), job.id):
                self._meets(job.func_name, job.func, job.args, job.kwargs)
                return perform(job)

        with patch.object(Job, "perform", performed):
            yield

    def _queues(self, names: Iterable[str] = ()) -> list[Queue]:
        """Return these queues; without names those that workers listen to now."""
        client = self.stage.client()
        names = names or self.story.served(self.stage.behind)
        return [self.story.queue(name, client) for name in names]

    def _work(self, workers: int) -> None:
        self.cast = Cast(
            self._queues(),
            self.stage,
            workers,
            worker_class=Mortal,
            first=self.came + 1,
            only_these=bool(self.story.queues),
            options=self.story.options,
        )
        for worker in self.cast.workers:
            worker.left = self._left
        self.came += workers
        self.cast.work()
        self.remains.look()

    def _left(self, worker: str) -> None:
        if worker in self.director.dead:
            self.stage.go_back_to(self.died_at)

    def _tell_to_stop(self, worker: str) -> None:
        """Send SIGTERM to the worker that calls this."""
        told = next(one for one in self.cast.workers if one.name == worker)
        try:
            told.tell_to_stop()
        except HasNoHandler:
            self.director.dies(worker)

    def _recover(self) -> None:
        """Start other workers, each after a wait, as long as one is gone or time may help."""
        self.patience.begin()
        while (wait := self.patience.next(self.director.gone, self.remains.is_open())) is not None:
            self.stage.clock.put_forward(wait)
            self._work(1)

    def _requeue(self) -> None:
        """Requeue the failed jobs, as an operator does; again if a worker crashes at that."""
        while True:
            registries = [FailedJobRegistry(queue=queue) for queue in self._queues()]
            failed = [(one, ids) for one in registries if (ids := one.get_job_ids(cleanup=False))]
            for registry, ids in failed:
                for job_id in ids:
                    registry.requeue(job_id)
            if failed:
                self._work(1)
            if not failed or self.director.gone == self.patience.mourned:
                return
            self._recover()

    def _who(self) -> str:
        here = self.stage.baton.here()
        return "" if here is None or self.cast is None else self.cast.workers[here].name

    def _before(self, commands: Commands) -> None:
        if not (who := self._who()):
            return
        director, baton = self.director, self.stage.baton
        here, to = baton.here(), director.wanted()
        if to is not None and to != here and to in baton.able():
            baton.hand_to(to)
        director.can_go_on([one for one in baton.able() if one != here])
        director.round_trip(who, in_capitals(commands))

    def _about(self, worker: str, commands: Sent) -> tuple[str, str]:
        """Return the worker's job, and the words for its step."""
        words = says(commands)
        if words == TAKES:
            self.busy[worker] = self._next(commands)
        elif words == PAUSES:  # RQ asks for it before it looks for the next job
            self.busy.pop(worker, None)
        if words == TAKES and not self.busy[worker]:
            words = "looks for a job; there is none"
        return self.busy.get(worker) or job_of(commands), words

    def _next(self, commands: Sent) -> str:
        """Return the job that a worker will take from a queue; "" for none."""
        first = self.stage.behind.lindex(commands[0][1], 0)
        return first.decode() if first else ""


def note_of(worker: str) -> str:
    return f"{Worker.redis_worker_namespace_prefix}{worker}"


def _job_here() -> str:
    job = get_current_job()
    return job.id if job else ""
