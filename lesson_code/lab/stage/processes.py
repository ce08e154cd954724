"""Real worker processes on a real Redis: `rq worker`, one process each."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from rq import Queue, Worker

from lesson_code.lab.engines.rq import EVENTS, first_trouble
from lesson_code.lab.engines.rq_notes import Recorder
from lesson_code.lab.engines.rq_workers import all_done, unborn
from lesson_code.lab.server.lab import Lab

PROJECT = Path(__file__).parents[3]
PATIENCE = 10  # seconds that a worker may take to leave
BIRTH = 60  # seconds that it may take to come


class RecordingWorker(Recorder, Worker):
    """RQ's forking Worker, which also records its events."""


def work_in_processes(
    lab: Lab, queues: list[Queue], names: list[str], on_change: Callable[[], None]
) -> None:
    """Start an `rq worker` for each name and stop them when nothing is queued and all are idle.

    They find `lesson_code` by themselves. Their output is not shown, unless one dies.
    Raises ValueError on the embedded Redis, which no other process can reach;
    RuntimeError, with what the worker said, when one dies.
    """
    if lab.url is None:
        raise ValueError(
            "worker processes cannot reach the embedded Redis: set REDIS_URL to a real one,"
            " or leave out processes=True"
        )
    with tempfile.TemporaryFile() as log, _processes(lab, queues, names, log) as workers:
        seen, start = 0, time.monotonic()
        while True:
            done = all_done(lab.redis, queues, names)
            trouble = first_trouble(lab.redis)
            if time.monotonic() > start + BIRTH and (missing := unborn(lab.redis, names)):
                trouble = f"{missing[0]} has not registered within {BIRTH} s"
            if trouble or any(worker.poll() is not None for worker in workers):
                log.seek(0)
                words = [trouble or "", log.read().decode()[-2000:]]
                raise RuntimeError("\n".join(["a worker has died:", *filter(None, words)]))
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
    workers = [
        subprocess.Popen(
            [*command, "--name", name, *(queue.name for queue in queues)],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )
        for name in names
    ]  # fmt: skip
    try:
        yield workers
        for worker in workers:
            worker.terminate()  # a warm shutdown: an idle worker leaves at once
        for worker in workers:
            worker.wait(PATIENCE)
    finally:
        for worker in workers:
            _kill(worker)


def _kill(worker: subprocess.Popen) -> None:
    """End a worker that is still there, and the work horse that it has forked."""
    if worker.poll() is None:
        process = psutil.Process(worker.pid)
        for one in [process, *process.children(recursive=True)]:
            one.kill()
        worker.wait()
