"""Tasks that meet an outage: of Redis, of their own process, and of another worker's clock."""

import os
import subprocess
import sys
from collections.abc import Callable
from tempfile import TemporaryDirectory
from time import time
from unittest.mock import patch

from redis import Redis
from rq import Queue, get_current_job
from rq.job import Job
from rq.registry import clean_registries

from lesson_code.lab.server import own
from lesson_code.lab.stage.processes import PROJECT
from lesson_code.worlds import shop


def pack_while_redis_stops(order: str) -> str:
    """Shut down this job's Redis, which saves its data, and finish."""
    get_current_job().connection.shutdown()
    return f"parcel of {order}"


def pack_while_redis_is_full(order: str) -> str:
    """Leave no memory for new data in this job's Redis, and finish."""
    get_current_job().connection.config_set("maxmemory", 1)
    return f"parcel of {order}"


def pack_and_be_killed(order: str) -> str:
    """Kill this job's process, as an operating system does that has run out of memory."""
    os.kill(os.getpid(), 9)  # SIGKILL
    return f"parcel of {order}"


def pack_while_another_starts(order: str, ahead: int) -> str:
    """Do, once, what a starting worker does whose clock is so many seconds `ahead`."""
    me = get_current_job()
    if me.connection.set("another worker", "has started", nx=True):
        queue = Queue(me.origin, connection=me.connection)
        with patch("rq.registry.current_timestamp", lambda: int(time()) + ahead):
            clean_registries(queue, [])
    return f"parcel of {order}"


def note_failure(job: Job, connection: Redis, *error: object) -> None:
    """A callback for `on_failure`."""
    connection.rpush("notes", f"{job.id} has failed")


def exit_code(url: str | None) -> int:
    """Run `rq worker --burst` on this Redis, and return the exit code of its process.

    Raises ValueError for the embedded Redis, which no other process can reach.
    """
    if url is None:
        raise ValueError("worker processes need a real server, and none can run here")
    worker = [sys.executable, "-m", "rq.cli", "worker", "--burst", "--quiet"]
    knows = {**os.environ, "RQ_REDIS_URL": url, "PYTHONPATH": str(PROJECT)}
    return subprocess.run(worker, env=knows, capture_output=True, timeout=60).returncode


def after_a_restart(pack: Callable[[str], str]) -> tuple[int, dict[str, str]]:
    """Run the job `pack` on a server of its own, and restart the server, which keeps its data.

    Return the worker's exit code, and the states of `pack` and of `ship`, which depends on it.
    """
    with TemporaryDirectory() as kept:
        disk = {"dir": kept, "appendonly": "yes", "appendfsync": "always"}
        url, pipe = own.start(**disk)
        queue = Queue(connection=Redis.from_url(url))
        packed = queue.enqueue(pack, "A7", job_id="pack")
        queue.enqueue(shop.ship, "A7", depends_on=packed, job_id="ship")
        code = exit_code(url)
        own.kill(url, pipe)
        url, pipe = own.start(**disk)
        jobs = Job.fetch_many(["pack", "ship"], connection=Redis.from_url(url))
        states = {job.id: job.get_status().value for job in jobs}
        own.kill(url, pipe)
        return code, states
