"""One run of an RQ story: the workers, a death, then time passes and RQ's own recovery runs."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

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
from lesson_code.lab.stage.stage import Stage
from lesson_code.lab.stage.stillness import over, still
from lesson_code.lab.stage.story import Outcome, Story
from lesson_code.lab.stage.token import Choices

ENDED = {"finished", "failed", "canceled", "stopped"}
ROUNDS = 3  # times that a new worker comes; the second one may clean the intermediate queue
LATER = 1000.0  # seconds: by then also the lock of a cleaning that never ended is gone


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
        self.busy: dict[str, str] = {}  # workers, with the job they have
        self.states: dict[str, str] = {}
        self.results: dict[str, object] = {}

    def run(self) -> Outcome:
        hangs = ""
        with still(), self.stage.open(), self.director.sees_effects(self._who):
            self.story.enqueue(*self._queues())
            self.stage.before = self._before
            try:
                self._work(self.story.workers)
                self._recover()
            except WaitsForEver:
                hangs = "everybody waits for something that never comes"
            except Endless:
                hangs = "it goes on and on"
            behind = self.stage.behind
            effects = Counter(deed.call for deed in self.director.journal)
            effects += self.story.effects(behind)
            self.stage.before = over
        return Outcome(self.states, self.results, effects, self._places(), hangs)

    def _queues(self) -> list[Queue]:
        client = self.stage.client()
        return [Queue(name, connection=client) for name in self.story.queues]

    def _work(self, workers: int) -> None:
        self.cast = Cast(
            self._queues(), self.stage, workers, worker_class=Mortal, first=self.came + 1
        )
        self.came += workers
        self.cast.work()
        self._look()

    def _recover(self) -> None:
        """If a worker has died, or something is left, let others come, each after some time."""
        if not self.director.dead and self._settled():
            return
        for _ in range(ROUNDS):
            self.stage.clock.put_forward(self.story.noticed)
            self._work(1)
            if self._settled():
                break
        else:
            self.stage.clock.put_forward(LATER)
            self._work(1)
        if self.story.requeue:
            for queue in self._queues():
                registry = FailedJobRegistry(queue=queue)
                for job_id in registry.get_job_ids(cleanup=False):
                    registry.requeue(job_id)
            self._work(1)

    def _settled(self) -> bool:
        return set(self.states.values()) <= ENDED

    def _look(self) -> None:
        """Note the states and results that there are now: RQ deletes them in time."""
        for key in sorted(self.stage.behind.scan_iter("rq:job:*")):
            if self.stage.behind.type(key) == b"hash":
                job_id = key.decode().removeprefix("rq:job:")
                state = self.stage.behind.hget(key, "status").decode()
                if state == "finished" and self.states.get(job_id) != state:
                    job = Job.fetch(job_id, connection=self.stage.behind)
                    with suppress(Exception):
                        self.results[job_id] = job.return_value()
                self.states[job_id] = state

    def _places(self) -> dict[str, str]:
        """Return where each job is that has not ended."""
        behind, places = self.stage.behind, {}
        queued = {
            one.decode()
            for key in behind.scan_iter("rq:queue:*")
            if behind.type(key) == b"list"
            for one in behind.lrange(key, 0, -1)
        }
        for job_id, state in self.states.items():
            if state == "queued" and job_id not in queued:
                places[job_id] = "says queued and is in no queue"
            elif state not in ENDED:
                places[job_id] = f"says {state} for ever"
        return places

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
