"""Jobs that wait for a signal, and worker processes that run them."""

import atexit
import os
import subprocess
import sys
from contextlib import suppress

from arq.connections import RedisSettings
from redis import Redis
from rq import Worker, get_current_job
from rq.job import Job

from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.processes import PROJECT
from lesson_code.worlds.accidents import ServiceDown

HOUR = 3600  # a job waits at most so long: somebody may read meanwhile
URL = os.environ.get("REDIS_URL") or "redis://localhost:6379"


def pack(order: str) -> str:
    """Report that the job has started, wait for a signal, and then finish or fail."""
    me = get_current_job()
    me.connection.set("horse", os.getpid())
    me.connection.rpush("begun", me.id)
    while not (said := me.connection.blpop("word", timeout=60)):
        pass
    if said[1] == b"fail":
        raise ServiceDown("no cardboard left")
    return f"parcel of {order}"


async def pack_arq(ctx: dict, order: str) -> str:
    """The same for ARQ; it reports its attempt, too, and never fails."""
    await ctx["redis"].rpush("begun", f"{ctx['job_id']}, try {ctx['job_try']}")
    while not await ctx["redis"].blpop("word", timeout=60):
        pass
    return f"parcel of {order}"


def wait_until_started(lab: Lab) -> str:
    """Wait until a job has started, and return its id."""
    _check(lab)
    _, job = lab.redis.blpop("begun", timeout=30)
    return job.decode()


def signal_task(lab: Lab, word: str) -> None:
    """Send the signal that a job waits for: "go" or "fail"."""
    lab.redis.rpush("word", word)


def note_stop(job: Job, connection: Redis) -> None:
    """A callback for `on_stopped`. RQ calls it with these two arguments."""
    connection.rpush("notes", f"{job.id} was stopped")


class Hasty:
    """An ARQ worker with the default behaviour at SIGTERM."""

    functions = (pack_arq,)
    redis_settings = RedisSettings.from_dsn(URL)
    job_timeout = HOUR


class Patient:
    """An ARQ worker that gives its running jobs up to a minute at SIGTERM."""

    functions = (pack_arq,)
    redis_settings = RedisSettings.from_dsn(URL)
    job_timeout = HOUR
    job_completion_wait = 60


def start_rq(lab: Lab, *queues: str, worker_class: type[Worker] = Worker) -> subprocess.Popen:
    """Start the process `rq worker` for these queues, by default `rq worker packing`."""
    options = ["--quiet", "--worker-class", f"{worker_class.__module__}.{worker_class.__name__}"]
    return _start(lab, "rq.cli", "worker", *options, *(queues or ["packing"]))


def start_arq(lab: Lab, settings: type) -> subprocess.Popen:
    """Start the process `arq` with these settings."""
    return _start(lab, "arq", f"{settings.__module__}.{settings.__name__}")


def send_sigterm_twice(worker: subprocess.Popen) -> int:
    """Send SIGTERM until the worker has exited. Return the number of signals."""
    sent = 0
    while worker.poll() is None:
        worker.terminate()
        sent += 1
        with suppress(subprocess.TimeoutExpired):
            worker.wait(timeout=0.2)
    return sent


def _check(lab: Lab) -> None:
    if lab.url is None:
        raise ValueError("worker processes need a real server, and none can run here")


def _start(lab: Lab, *command: str) -> subprocess.Popen:
    _check(lab)
    knows = {"RQ_REDIS_URL": lab.url, "REDIS_URL": lab.url, "PYTHONPATH": str(PROJECT)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    words = [sys.executable, "-m", *command]
    worker = subprocess.Popen(words, env={**os.environ, **knows}, start_new_session=True, **quiet)
    atexit.register(worker.kill)  # if the notebook ends before the worker does
    return worker
