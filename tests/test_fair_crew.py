"""Workers on the embedded Redis take fair turns: a run of several is the same each time."""

import os
import threading
import time

import pytest
from rq import Queue

from lesson_code.lab import Lab, timeline, work
from lesson_code.lab.stage.crew import GRACE
from tests import jobs

embedded = pytest.mark.skipif(
    bool(os.environ.get("REDIS_URL")),
    reason="on a real Redis workers take no turns, and wait for real",
)


def told(busy: bool) -> str:
    """Return the timeline of three workers, with something else going on beside them or not."""
    lab, enough = Lab(), threading.Event()
    queue = Queue(connection=lab.redis)
    parts = [queue.enqueue(jobs.give, n, job_id=f"part-{n}") for n in range(8)]
    for n, part in enumerate(parts):
        queue.enqueue(jobs.sleep, 0.001 * (n % 3), depends_on=part, job_id=f"next-{n}")
    queue.enqueue(jobs.add, depends_on=parts, job_id="sum")

    def burn() -> None:
        while not enough.is_set():
            sum(range(1000))

    beside = threading.Thread(target=burn)
    if busy:
        beside.start()
    try:
        return str(timeline(work(lab, workers=3)))
    finally:
        enough.set()
        lab.close()


@embedded
def test_a_run_of_several_workers_is_the_same_each_time():
    once = told(busy=False)
    assert {worker for worker in ("worker-1", "worker-2", "worker-3") if worker in once} == {
        *("worker-1", "worker-2", "worker-3")
    }
    assert {told(busy) for busy in (False, True) * 4} == {once}


def test_who_sleeps_lets_the_others_go_on(lab, queue):
    for n in range(3):
        queue.enqueue(jobs.sleep, 0.3, job_id=f"sleep-{n}")
    start = time.monotonic()
    work(lab, workers=3)
    assert 0.3 <= time.monotonic() - start < 0.8


def test_a_job_may_wait_for_something_from_outside(lab, queue):
    jobs.meeting.clear()
    jobs.other.clear()
    queue.enqueue(jobs.wait_for_the_other, job_id="waits")

    def tell() -> None:
        assert jobs.meeting.wait(5)
        jobs.other.set()

    assert work(lab, workers=2, on_change=tell)["waits"].result == "seen"


@embedded
def test_an_interrupt_reaches_who_waits(lab, queue):
    jobs.other.clear()
    jobs.meeting.clear()
    queue.enqueue(jobs.wait_for_the_other, job_id="waits")
    queue.enqueue(jobs.loop_forever, job_id="loops")

    def stop() -> None:
        if jobs.meeting.wait(5):
            raise KeyboardInterrupt

    start = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            work(lab, workers=2, on_change=stop)
    finally:
        jobs.other.set()
    assert time.monotonic() - start < GRACE
    assert not any(thread.name.startswith("worker-") for thread in threading.enumerate())


@embedded
def test_a_job_that_waits_is_timed_out(lab, queue):
    jobs.other.clear()
    queue.enqueue(jobs.wait_for_the_other, job_id="waits", job_timeout=1)
    queue.enqueue(jobs.give, 1, job_id="gives")
    try:
        run = work(lab, workers=2)
    finally:
        jobs.other.set()
    assert run.states == {"waits": "failed", "gives": "finished"}
    assert "JobTimeoutException" in run["waits"].error
