"""The worker that `processes` starts: it serves one lab, and never outlives it."""

import os
import threading

from rq import Queue, Worker
from rq.job import Job

from lesson_code.lab.engines.rq_notes import Recorder
from lesson_code.lab.server.claim import KEY

CLAIM = "LESSON_CLAIM"  # the environment variable that names a worker's lab


class RecordingWorker(Recorder, Worker):
    """RQ's forking Worker; it also records its events, and serves one lab only.

    It leaves when the process that started it ends, even if that was killed. It takes no job in a
    database that belongs to another lab by now.
    """

    def work(self, *args, **kwargs) -> bool:
        _leave_with_parent()
        return super().work(*args, **kwargs)

    def main_work_horse(self, *args, **kwargs) -> None:
        _leave_with_parent()
        super().main_work_horse(*args, **kwargs)

    def dequeue_job_and_maintain_ttl(self, *args, **kwargs) -> tuple[Job, Queue] | None:
        if self.connection.get(KEY) != os.environ[CLAIM].encode():
            os._exit(1)  # at once: nothing must be written there
        return super().dequeue_job_and_maintain_ttl(*args, **kwargs)


def _leave_with_parent() -> None:
    """End this process when its standard input ends, because the pipe's other end is closed."""

    def watch():
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
