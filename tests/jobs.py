"""Tasks for the tests: a worker has to import them."""

import os
import signal
import threading
import time

from rq import get_current_job


def give(value):
    return value


def fail(message="no"):
    raise ValueError(message)


def add(*numbers):
    return sum(numbers)


looping = threading.Event()  # set as soon as loop_forever loops


def loop_forever():
    looping.set()
    while True:
        time.sleep(0.005)


def meet(name: str, parties: int) -> str:
    """Return when `parties` jobs of that name are running at once; fail after two seconds."""
    _barriers.setdefault((name, parties), threading.Barrier(parties)).wait(timeout=2)
    return threading.current_thread().name


_barriers: dict = {}


def enqueue_more(count: int) -> int:
    """A job that enqueues jobs."""
    from rq import Queue

    queue = Queue(connection=get_current_job().connection)
    for number in range(count):
        queue.enqueue(give, number, job_id=f"more-{number}")
    return count


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def where() -> tuple[int, str]:
    return os.getpid(), os.getcwd()
