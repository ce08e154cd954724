"""Deploys at a bad moment: a worker that has just taken a job, and signals to all its processes."""

import os
import subprocess
import time

from rq import Queue, Worker

from lesson_code.lab.server.lab import Lab


class SlowToBegin(Worker):
    """RQ's worker; after it has taken a job, it reports that and waits."""

    def reorder_queues(self, reference_queue: Queue) -> None:
        """Wait here: RQ calls this right after it has taken a job."""
        super().reorder_queues(reference_queue)
        self.connection.rpush("begun", "a job is taken")
        while not self.connection.blpop("word", timeout=60):
            pass


def maintain_twice(queue: Queue) -> None:
    """Run RQ's maintenance twice, as if an hour had passed in between."""
    worker, taken = Worker([queue], connection=queue.connection), queue.intermediate_queue
    worker.clean_registries()  # it notes when it first saw each taken job
    for job_id in taken.get_job_ids():
        queue.connection.set(taken.get_first_seen_key(job_id), time.time() - 3600)
    worker.clean_registries()


def send_sigterm_to_all(lab: Lab, worker: subprocess.Popen) -> None:
    """Send SIGTERM to the worker and to its work horse, as systemd does by default."""
    from signal import SIGTERM  # here, since Python in a browser has no signals

    worker.terminate()
    os.kill(int(lab.redis.get("horse")), SIGTERM)
