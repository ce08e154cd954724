"""Real worker processes on a real Redis: `rq worker`, one process each."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rq import Queue

from lesson_code.lab.engines.rq import EVENTS, first_trouble, stored
from lesson_code.lab.engines.rq_workers import all_done, bury, unborn
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.worker import CLAIM, RecordingWorker

PROJECT = Path(__file__).parents[3]
PATIENCE = 10  # seconds that a worker may take to leave
BIRTH = 60  # seconds that it may take to register
TAKING = 1  # second for which a job may be in no queue, until its worker says that it is busy


def work_in_processes(
    lab: Lab, queues: list[Queue], names: list[str], on_change: Callable[[], None]
) -> None:
    """Start an `rq worker` for each name and stop them when nothing is queued and all are idle.

    They find `lesson_code` by themselves. Their output is shown only if one crashes.

    Raises ValueError on the embedded Redis, which no other process can reach; RuntimeError, with
    the worker's output, when one crashes; RedisUnavailable when Redis is gone.
    """
    if lab.url is None:
        raise ValueError(
            "worker processes cannot reach the embedded Redis: take lab.real(), or set REDIS_URL"
            " to a real one, or leave out processes=True"
        )
    with tempfile.TemporaryFile() as log, _processes(lab, queues, names, log) as workers:
        seen, start, idle_since = 0, time.monotonic(), 0.0
        while True:
            done = all_done(lab.redis, queues, names)
            if done and "queued" in stored(lab.redis).values():
                # A worker on several queues has just taken it, or it was lost long ago.
                idle_since = idle_since or time.monotonic()
                done = time.monotonic() > idle_since + TAKING
            trouble = first_trouble(lab.redis)
            if time.monotonic() > start + BIRTH and (missing := unborn(lab.redis, names)):
                trouble = f"{missing[0]} has not registered within {BIRTH} s"
            dead = any(worker.poll() is not None for worker in workers)
            lab.check()  # a Redis that is gone explains all other errors
            if trouble or dead:
                log.seek(0)
                words = [trouble or "", log.read().decode()[-2000:]]
                raise RuntimeError("\n".join(["a worker has crashed:", *filter(None, words)]))
            if done:
                break
            if seen != (seen := lab.redis.llen(EVENTS)):
                on_change()
            time.sleep(0.02)


@contextmanager
def _processes(lab: Lab, queues: list[Queue], names: list[str], log) -> Iterator[list]:
    command = [sys.executable, "-m", "rq.cli", "worker", "--quiet"]
    command += ["--worker-class", f"{RecordingWorker.__module__}.{RecordingWorker.__name__}"]
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "RQ_REDIS_URL": lab.url, "PYTHONPATH": path}
    environment[CLAIM] = lab.claim.token
    bury(lab.redis, queues, names)
    reading, ours = os.pipe()
    workers = []
    try:
        for name in names:
            workers.append(
                subprocess.Popen(
                    [*command, "--name", name, *(queue.name for queue in queues)],
                    env=environment, stdin=reading, stdout=log, stderr=log,
                    start_new_session=True,  # an interrupt of the notebook must not reach them
                )
            )  # fmt: skip
        yield workers
    finally:  # in a thread, which no second interrupt can reach
        leaving = threading.Thread(target=_leave, args=(workers, reading, ours))
        leaving.start()
        leaving.join()


def _leave(workers: list[subprocess.Popen], *pipe: int) -> None:
    """Stop all workers and end the jobs that they are busy with, which RQ then marks as failed."""
    for worker in workers:
        worker.terminate()  # a warm shutdown: a worker leaves when it has no job
    deadline = time.monotonic() + PATIENCE
    while (left := [one for one in workers if one.poll() is None]) and time.monotonic() < deadline:
        for worker in left:
            import psutil  # only here: a browser has no psutil

            with suppress(psutil.Error):  # it has just ended
                for horse in psutil.Process(worker.pid).children():
                    horse.kill()
        time.sleep(0.02)
    for worker in left:
        worker.kill()
        worker.wait()
    for end in pipe:
        os.close(end)  # this also ends a work horse that has just started
