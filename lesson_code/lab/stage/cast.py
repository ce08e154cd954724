"""RQ workers on the stage: they hand the baton on, and leave together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from rq import Queue

from lesson_code.lab.engines.rq_staged import ClockPenalty
from lesson_code.lab.engines.rq_workers import CrewWorker, Taken, enqueue_due

if TYPE_CHECKING:
    from lesson_code.lab.stage.stage import Stage


SCHEDULER_SLEEPS = 1.0  # seconds: RQ's own interval
BACKWARDS = "*"  # instead of a job's id; RQ does not allow such an id


class Cast:
    """Workers that leave when nothing is queued or scheduled and none of them is busy.

    The job `last` is moved after all others, even after those that are due only later; with
    BACKWARDS, each job goes before those that were queued earlier. The workers' names count from
    `first` on. Unless `only_these`, the workers also listen to each queue that a job enqueues into.
    """

    def __init__(
        self,
        queues: list[Queue],
        stage: Stage,
        number: int,
        last: str = "",
        worker_class: type[CrewWorker] = CrewWorker,
        first: int = 1,
        only_these: bool = False,
        options: dict[str, Any] | None = None,  # of RQ's worker
    ):
        self.given, self.stage, self.last = queues, stage, last
        self.only_these = only_these
        self.error: BaseException | None = None
        self.came: dict[str, int] = {}  # the jobs, in the order in which they were queued
        self.busy = 0  # workers that have a job, or look for one
        names = [f"worker-{one}" for one in range(first, first + number)]
        self.workers = [worker_class(queues, name=name, **options or {}) for name in names]
        for worker in self.workers:
            worker.boss = self
            worker.death_penalty_class = partial(ClockPenalty, stage.baton.set_limit)

    def work(self) -> None:
        """Make the workers work. Raises the error that has ended one of them."""
        self.stage.baton.play(*(worker.work_in_thread for worker in self.workers))
        if self.error:
            raise self.error

    def there(self) -> list[str]:
        names = [queue.name for queue in self.given]
        if self.only_these:
            return names
        return names + [name for name in self._all_names() if name not in names]

    def _all_names(self) -> list[str]:
        """Return the names of all queues, without a round trip."""
        prefix = Queue.redis_queue_namespace_prefix
        keys = self.stage.embedded.members(Queue.redis_queues_keys)
        return sorted(key.decode().removeprefix(prefix) for key in keys)

    @property
    def queues(self) -> list[Queue]:
        one = self.given[0]
        return [
            Queue(name, connection=one.connection, serializer=one.serializer)
            for name in self.there()
        ]

    def take(self, worker: CrewWorker, dequeue: Callable[[], Taken]) -> Taken:
        while True:
            while self._can_wait() and self._next_scheduled():
                pass  # another job than `last` may be due now
            if self.last:  # a queue with nothing but `last` comes after all others
                worker.listen_to(self.there())
                worker.look_into(sorted(worker.queues, key=self._holds_last_only))
            self.busy += 1
            found = None
            try:
                if found := dequeue():
                    return found
            finally:
                self.busy -= not found
            if not self.busy and not self._next_scheduled():
                return None
            self.stage.baton.wait_until(self._may_look)

    def _may_look(self) -> bool:
        """Return whether a worker without a job should look again, or stop."""
        if self.last and self._queued():
            return True
        keys = [f"{Queue.redis_queue_namespace_prefix}{name}" for name in self.there()]
        return not self.busy or self.stage.embedded.holds_one_of(keys)

    def started(self) -> None:
        """Do nothing, because the record notes it."""

    def ending(self) -> None:
        """Do nothing either."""

    def ended(self) -> None:
        self.busy -= 1

    def died(self, worker: CrewWorker, error: BaseException) -> None:
        self.error = self.error or error

    def _queued(self) -> list[str]:
        """Return the ids in all queues, and put the queues into the wanted order."""
        ids = []
        for queue in self.queues:
            here = [one.decode() for one in self.stage.behind.lrange(queue.key, 0, -1)]
            wanted = sorted(here, key=self._place)
            if wanted != here:
                self.stage.behind.delete(queue.key)
                self.stage.behind.rpush(queue.key, *wanted)
            ids += wanted
        return ids

    def _holds_last_only(self, queue: Queue) -> bool:
        return self.stage.behind.lrange(queue.key, 0, -1) == [self.last.encode()]

    def _place(self, job_id: str) -> tuple[bool, int]:
        came = self.came.setdefault(job_id, len(self.came))
        return job_id == self.last, -came if self.last == BACKWARDS else 0

    def _can_wait(self) -> bool:
        """Return whether only `last` is left to run now, and no worker is busy with another job."""
        return bool(self.last) and not self.busy and set(self._queued()) == {self.last}

    def _next_scheduled(self) -> bool:
        """Put the clock forward to the next scheduled job, if any, and make RQ enqueue it.

        Return whether there was one.
        """
        keys = [queue.scheduled_job_registry.key for queue in self.queues]
        due = [at for key in keys for _, at in self.stage.behind.zrange(key, 0, 0, withscores=True)]
        if not due:
            return False
        self.stage.clock.put_forward(min(due) - self.stage.clock.now())
        if not enqueue_due(self.stage.redis, self.queues):
            self.stage.baton.sleep(SCHEDULER_SLEEPS)  # another worker is doing it, or has crashed
        return True
