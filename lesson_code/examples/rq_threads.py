"""An RQ worker that runs in a thread of a program."""

from threading import Thread

from rq import Queue, SimpleWorker
from rq.timeouts import TimerDeathPenalty


class ThreadWorker(SimpleWorker):
    """A worker without signals: none can stop it, and a timer ends its jobs."""

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None: ...


def work_in_thread(worker_class: type[SimpleWorker], queue: Queue) -> str:
    """Run the queue's jobs in a thread. Return the worker's error, or "no error"."""
    end = ["no error"]

    def run() -> None:
        worker = worker_class([queue], connection=queue.connection)
        try:
            worker.work(burst=True, logging_level="CRITICAL")
        except ValueError as error:
            end[0] = str(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return end[0]
