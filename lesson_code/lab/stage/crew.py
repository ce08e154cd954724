"""RQ workers in threads of this process that leave together."""

import ctypes
import threading
import time
from collections import deque
from collections.abc import Callable

from rq import Queue

from lesson_code.lab.engines.rq_workers import CrewWorker, Taken
from lesson_code.lab.engines.stacks import pause
from lesson_code.lab.engines.words import in_words

NOTICE = 0.1  # seconds that a worker without a job may take to leave
GRACE = 5  # seconds that an interrupted job may take to end
LOOK = 0.005  # seconds until it is looked again whether something has changed


class Crew:
    """Workers that leave together: when nothing is queued and none of them is busy."""

    def __init__(self, queues: list[Queue], names: list[str], pace: float):
        self.turn = threading.Condition()
        self.busy = 0
        self.pace = pace
        self.changes: deque[None] = deque()
        self.deaths: list[tuple[str, BaseException]] = []
        self.workers = [CrewWorker(queues, name=name) for name in names]
        for worker in self.workers:
            worker.boss = self

    def work(self, on_change: Callable[[], None]) -> None:
        """Work all off. Raises RuntimeError, naming the reason, when a worker dies of an error;
        the others are then stopped.
        """
        threads = self._start()
        try:
            while any(thread.is_alive() for thread in threads) or self.changes:
                self._look()
                if self.changes:
                    self.changes.popleft()
                    on_change()
                else:
                    pause(LOOK)
            self._look()
        except BaseException:
            self._interrupt(threads)
            raise

    def take(self, worker: CrewWorker, dequeue: Callable[[], Taken]) -> Taken:
        """Take a job; when there is none, wait as long as a busy worker may bring one."""
        with self.turn:
            while not (found := dequeue()):
                if not self.busy or worker.leaving:
                    return None
                self.turn.wait(0.02)
            self.busy += 1
            return found

    def started(self) -> None:
        """A worker has started the job that it took."""
        self.changes.append(None)
        time.sleep(self.pace)

    def ended(self) -> None:
        """A worker is done with the job that it took."""
        with self.turn:
            self.busy -= 1
            self.turn.notify_all()
        self.changes.append(None)
        time.sleep(self.pace)

    def died(self, worker: CrewWorker, error: BaseException) -> None:
        """An error has ended a worker, or soon will."""
        self.deaths.append((worker.name, error))

    def _start(self) -> list[threading.Thread]:
        threads = [
            threading.Thread(target=worker.work_in_thread, name=worker.name, daemon=True)
            for worker in self.workers
        ]
        for thread in threads:
            thread.start()
        return threads

    def _look(self) -> None:
        """Raise RuntimeError if a worker has died."""
        for name, error in self.deaths:
            raise RuntimeError(f"{name} has died: {in_words(error)}") from error

    def _interrupt(self, threads: list[threading.Thread]) -> None:
        """End the workers' loops, and raise KeyboardInterrupt in the jobs that are running."""
        for worker in self.workers:
            worker.leave()
        self._wait(threads, NOTICE)  # an interrupt is for those that have a job
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
