"""Tasks for the tests: a worker has to import them."""

import os
import signal
import threading
import time
from pathlib import Path

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
    """Return when `parties` jobs of that name are running at once; fail after a minute."""
    _barriers.setdefault((name, parties), threading.Barrier(parties)).wait(timeout=60)
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


def enqueue_all_ways() -> None:
    """A job that enqueues jobs in each way there is; its callback does so, too."""
    from datetime import timedelta

    from rq import Queue
    from rq.job import Job

    job = get_current_job()
    queue = Queue(connection=job.connection)
    first = queue.enqueue(give, 1, job_id="more-0")
    queue.enqueue(give, 2, job_id="deferred", depends_on=first)
    queue.enqueue_in(timedelta(hours=1), give, 3, job_id="scheduled")
    queue.enqueue_many([Queue.prepare_data(enqueue_grandchild, job_id="many")])
    queue.enqueue_job(Job.create(give, (4,), id="saved", connection=job.connection))


def enqueue_grandchild() -> None:
    from rq import Queue

    Queue(connection=get_current_job().connection).enqueue(give, 5, job_id="grandchild")


def enqueue_after(job, connection, *args) -> None:
    """A callback that enqueues a job."""
    from rq import Queue

    Queue(connection=connection).enqueue(give, 6, job_id=f"after-{job.id}")


meeting = threading.Event()  # set as soon as wait_for_the_other waits
other = threading.Event()  # what it waits for


def wait_for_the_other() -> str:
    meeting.set()
    return "seen" if other.wait() else "never"


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def die_then_fail(folder):
    """The first try is killed, the second raises, the third one works; `folder` keeps count."""
    tries = Path(folder, "tries")
    done = len(tries.read_text()) if tries.exists() else 0
    tries.write_text("x" * (done + 1))
    if done == 0:
        die()
    if done == 1:
        raise OSError("not yet")
    return done + 1
