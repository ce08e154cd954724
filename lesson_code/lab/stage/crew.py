"""RQ workers in threads of this process that leave together."""

import ctypes
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from rq import Queue, SimpleWorker
from rq.job import Job
from rq.timeouts import TimerDeathPenalty

from lesson_code.lab.engines.rq import Recorder

GRACE = 5  # seconds that an interrupted job may take to end


class Crew:
    """Workers that leave together: when nothing is queued and none of them is busy."""

    def __init__(self, queues: list[Queue], names: list[str], pace: float):
        self.turn = threading.Condition()
        self.busy = 0
        self.pace = pace
        self.changes = SimpleQueue()
        self.workers = [CrewWorker(queues, name=name) for name in names]
        for worker in self.workers:
            worker.crew = self

    def work(self, on_change: Callable[[], None]) -> None:
        threads = [
            threading.Thread(target=worker.work_in_thread, name=worker.name, daemon=True)
            for worker in self.workers
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads) or not self.changes.empty():
                try:
                    self.changes.get(timeout=0.02)
                except Empty:
                    continue
                on_change()
        except BaseException:
            self._interrupt(threads)
            raise

    def changed(self) -> None:
        """A job has just started or ended."""
        self.changes.put(None)
        time.sleep(self.pace)

    def _interrupt(self, threads: list[threading.Thread]) -> None:
        """End the workers' loops, and raise KeyboardInterrupt in the jobs that are running."""
        for worker in self.workers:
            worker._stop_requested = True
        for thread in threads:
            if thread.is_alive():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread.ident), ctypes.py_object(KeyboardInterrupt)
                )
        deadline = time.monotonic() + GRACE
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))


class DaemonTimer(TimerDeathPenalty):
    """A time-out in a thread that nobody waits for, should an interrupt leave it behind."""

    def new_timer(self) -> threading.Timer:
        timer = super().new_timer()
        timer.daemon = True
        return timer


class CrewWorker(Recorder, SimpleWorker):
    """RQ's SimpleWorker, fit for a thread: no signals, and it waits for its crew."""

    crew: Crew
    death_penalty_class = DaemonTimer  # the default one needs the main thread

    def work_in_thread(self) -> None:
        self.work(burst=True, logging_level="CRITICAL")

    def _install_signal_handlers(self) -> None:
        """Leave the notebook's own handlers in place."""

    def subscribe(self) -> None:
        """Listen to no commands from outside: that takes a thread which may outlive the worker."""

    def unsubscribe(self) -> None:
        """There is nothing to unsubscribe from."""

    def dequeue_job_and_maintain_ttl(self, *args, **kwargs) -> tuple[Job, Queue] | None:
        """Take a job; when there is none, wait as long as a busy worker may bring one."""
        with self.crew.turn:
            while not (found := super().dequeue_job_and_maintain_ttl(*args, **kwargs)):
                if not self.crew.busy or self._stop_requested:
                    return None
                self.crew.turn.wait(0.02)
            self.crew.busy += 1
            return found

    def prepare_job_execution(self, *args, **kwargs) -> None:
        super().prepare_job_execution(*args, **kwargs)
        self.crew.changed()

    def execute_job(self, job: Job, queue: Queue) -> None:
        try:
            super().execute_job(job, queue)
        finally:
            with self.crew.turn:
                self.crew.busy -= 1
                self.crew.turn.notify_all()
        self.crew.changed()
