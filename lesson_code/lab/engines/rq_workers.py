"""RQ's workers as the lesson uses them: in threads of this process, and as processes."""

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.job import Job
from rq.scheduler import RQScheduler
from rq.timeouts import TimerDeathPenalty

from lesson_code.lab.engines.rq_notes import Recorder
from lesson_code.lab.engines.unreadable import LikeAProcess

Taken = tuple[Job, Queue] | None


class Boss(Protocol):
    """The object that a CrewWorker asks for jobs, and tells about them.

    `there()` returns the names of the queues that the workers have to listen to by now.
    """

    def there(self) -> list[str]: ...
    def take(self, worker: "CrewWorker", dequeue: Callable[[], Taken]) -> Taken: ...
    def started(self) -> None: ...
    def ending(self) -> None: ...
    def ended(self) -> None: ...
    def died(self, worker: "CrewWorker", error: BaseException) -> None: ...


class Ear(logging.LoggerAdapter):
    """RQ's log of one worker; it remembers the error that RQ had when it logged one."""

    heard: BaseException | None = None

    def error(self, *args, **kwargs) -> None:
        self.heard = sys.exception()
        super().error(*args, **kwargs)


class DaemonTimer(TimerDeathPenalty):
    """A timeout in a daemon thread: it does not keep Python running after an interrupt."""

    def new_timer(self) -> threading.Timer:
        timer = super().new_timer()
        timer.daemon = True
        return timer


class CrewWorker(Recorder, SimpleWorker):
    """RQ's SimpleWorker, fit for a thread: no signals, and its boss gives it the jobs."""

    boss: Boss
    death_penalty_class = DaemonTimer  # the default one needs the main thread
    dismissed = False

    def __init__(self, *args, serializer=LikeAProcess, **kwargs):
        super().__init__(*args, serializer=serializer, **kwargs)
        self.log = Ear(self.log, {})

    def work_in_thread(self) -> None:
        """Work until the boss has no more jobs. Tell the boss when an error ends the worker
        earlier.
        """
        try:
            self.work(burst=True, logging_level="CRITICAL")  # it only logs the error that ends it
            if not (self.dismissed or self.leaving):
                self.trouble(self.log.heard or RuntimeError("it stopped for an unknown reason"))
        except BaseException as error:
            self.trouble(error)

    def trouble(self, error: BaseException) -> None:
        self.boss.died(self, error)

    def leave(self) -> None:
        """Take no more jobs; callable from any thread."""
        self._stop_requested = True

    def listen_to(self, names: Iterable[str]) -> None:
        """Listen to these queues, too: a job may enqueue into a queue that was not there before.

        To be called before the worker takes a job, because RQ takes it in another way when it
        listens to one queue only.
        """
        for name in [one for one in names if one not in self.queue_names()]:
            serializer = self.queues[0].serializer
            queue = Queue(name, connection=self.connection, serializer=serializer)
            self.queues.append(queue)
            self._ordered_queues.append(queue)

    def look_into(self, queues: list[Queue]) -> None:
        """Take the next jobs from these queues, in this order."""
        self._ordered_queues = queues

    @property
    def leaving(self) -> bool:
        return self._stop_requested

    def _install_signal_handlers(self) -> None:
        """Leave the notebook's own handlers in place."""

    def subscribe(self) -> None:
        """Listen to no commands from outside: that takes a thread that may outlive the worker."""

    def unsubscribe(self) -> None:
        """Do nothing, because there is no subscription."""

    def dequeue_job_and_maintain_ttl(self, *args, **kwargs) -> Taken:
        dequeue = super().dequeue_job_and_maintain_ttl

        def look() -> Taken:
            self.listen_to(self.boss.there())
            return dequeue(*args, **kwargs)

        taken = self.boss.take(self, look)
        self.dismissed = taken is None
        return taken

    def prepare_job_execution(self, *args, **kwargs) -> None:
        with self._told():
            super().prepare_job_execution(*args, **kwargs)
            self.boss.started()

    def cleanup_execution(self, *args, **kwargs) -> None:
        self.boss.ending()  # its transaction, which enqueues the dependents, comes after this
        super().cleanup_execution(*args, **kwargs)

    def execute_job(self, job: Job, queue: Queue) -> None:
        try:
            super().execute_job(job, queue)
        finally:
            self.boss.ended()


def bury(redis: Redis, queues: list[Queue], names: list[str]) -> None:
    """Register the crash of workers that were killed too early for that: their names are free
    again.
    """
    for name in names:
        worker = Worker(queues, name=name, connection=redis)
        if redis.exists(worker.key) and not redis.hexists(worker.key, "death"):
            worker.register_death()


def all_done(redis: Redis, queues: list[Queue], names: list[str]) -> bool:
    """Return whether all workers of these names are idle and all queues empty, at one moment.

    A job is in its queue, or in the intermediate queue, or its worker is busy.
    """
    with redis.pipeline() as pipe:
        for queue in queues:
            pipe.llen(queue.key).llen(queue.intermediate_queue_key)
        for name in names:
            pipe.hget(f"{Worker.redis_worker_namespace_prefix}{name}", "state")
        answers = pipe.execute()
    lengths, states = answers[: -len(names)], answers[-len(names) :]
    return not any(lengths) and all(state == b"idle" for state in states)


def unborn(redis: Redis, names: list[str]) -> list[str]:
    """Return the names without a registered worker."""
    alive = {worker.name for worker in Worker.all(connection=redis)}
    return [name for name in names if name not in alive]


def enqueue_due(redis: Redis, queues: list[Queue]) -> bool:
    """Make RQ's scheduler enqueue the scheduled jobs that are due.

    Return False if another scheduler has all the locks, so that this one can do nothing.
    """
    serializer = queues[0].serializer if queues else None
    scheduler = RQScheduler(queues, redis, logging_level="CRITICAL", serializer=serializer)
    if not scheduler.acquire_locks():
        return False
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()
    return True
