"""RQ workers in threads of this process that leave together."""

import ctypes
import threading
import time
from collections import deque
from collections.abc import Callable

from rq import Queue

from lesson_code.lab.engines.rq import names_of_queues
from lesson_code.lab.engines.rq_workers import CrewWorker, Taken
from lesson_code.lab.engines.stacks import pause
from lesson_code.lab.engines.words import in_words

NOTICE = 0.1  # seconds that a worker without a job may take to leave
GRACE = 5  # seconds that an interrupted job may take to end
LOOK = 0.005  # seconds between two looks for a change


class Crew:
    """Workers that leave together: when nothing is queued and none of them is busy.

    Jobs that may run at the same time do so, however busy the machine is: a worker that has started
    a job lets the others start theirs before it goes on.
    """

    def __init__(self, queues: list[Queue], names: list[str], pace: float):
        self.turn = threading.Condition()
        self.busy = 0  # workers that have taken a job
        self.begun: set[int] = set()  # the threads of those whose job runs
        self.pace = pace
        self.changes: deque[threading.Event] = deque()  # each is set when it has been shown
        self.crashes: list[tuple[str, BaseException]] = []
        self.behind = queues[0].connection  # looks at the queues
        self.workers = [CrewWorker(queues, name=name) for name in names]
        for worker in self.workers:
            worker.boss = self

    def work(self, on_change: Callable[[], None]) -> None:
        """Run all queued jobs.

        Raises RuntimeError, naming the reason, when an error ends a worker; the others are then
        stopped.
        """
        threads = self._start()
        try:
            while any(thread.is_alive() for thread in threads) or self.changes:
                self._look()
                if self.changes:
                    change = self.changes.popleft()
                    on_change()
                    change.set()
                else:
                    pause(LOOK)
            self._look()
        except BaseException:
            self._interrupt(threads)
            raise

    def there(self) -> list[str]:
        return names_of_queues(self.behind)

    def take(self, worker: CrewWorker, dequeue: Callable[[], Taken]) -> Taken:
        """Take a job; when there is none, wait as long as a busy worker may enqueue one."""
        with self.turn:
            while not (found := dequeue()):
                if not self.busy or worker.leaving:
                    return None
                self.turn.wait(0.02)
            self.busy += 1
            return found

    def started(self) -> None:
        """Note that a worker has started its job, and wait until the others have started theirs."""
        self._let_others_start()
        self._changed()

    def ending(self) -> None:
        """Note that a job has run, and its worker is about to store how it ended."""
        with self.turn:
            self.begun.discard(threading.get_ident())

    def ended(self) -> None:
        """Note that a worker is done with the job that it took."""
        with self.turn:
            self.busy -= 1
            self.turn.notify_all()
        self._changed()

    def died(self, worker: CrewWorker, error: BaseException) -> None:
        """Note that an error has ended a worker, or soon will."""
        self.crashes.append((worker.name, error))

    def _changed(self) -> None:
        """Tell of a change. With a `pace`, wait until it has been shown, and so long more."""
        self.changes.append(change := threading.Event())
        if self.pace:
            while not change.is_set() and not any(one.leaving for one in self.workers):
                time.sleep(LOOK)
            time.sleep(self.pace)

    def _let_others_start(self) -> None:
        """Wait until each worker has started a job, or no job is left to take."""
        with self.turn:
            self.begun.add(threading.get_ident())
            self.turn.notify_all()
            while not self._all_have_started() and not any(one.leaving for one in self.workers):
                self.turn.wait(0.02)

    def _all_have_started(self) -> bool:
        if len(self.begun) < self.busy:
            return False
        able = len(self.workers) - len(self.crashes)
        return self.busy >= able or not self._queued()

    def _queued(self) -> bool:
        """Return whether a job is queued, in whatever queue."""
        queues = [Queue(name, connection=self.behind) for name in self.there()]
        return any(queue.count for queue in queues)

    def _start(self) -> list[threading.Thread]:
        threads = [
            threading.Thread(target=worker.work_in_thread, name=worker.name, daemon=True)
            for worker in self.workers
        ]
        for thread in threads:
            thread.start()
        return threads

    def _look(self) -> None:
        """Raise RuntimeError if a worker has crashed."""
        for name, error in self.crashes:
            raise RuntimeError(f"{name} has crashed: {in_words(error)}") from error

    def _interrupt(self, threads: list[threading.Thread]) -> None:
        """End the workers' loops, and raise KeyboardInterrupt in the jobs that are running."""
        for worker in self.workers:
            worker.leave()
        self._wait(threads, NOTICE)  # the interrupt is for workers with a job
        for thread in threads:
            if thread.is_alive():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
                )
        self._wait(threads, GRACE)

    def _wait(self, threads: list[threading.Thread], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))
