"""Workers on the embedded Redis take fair turns: a run of several is the same each time."""

import os
import threading
import time

import pytest
from rq import Queue

from lesson_code.lab import Lab, timeline, work
from lesson_code.lab.engines.rq import read_run
from lesson_code.lab.stage.crew import GRACE, Crew
from tests import jobs
from tests.patience import within
from tests.sampling import sampled

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
@pytest.mark.parametrize("luck", sampled(range(4), 1))
def test_a_run_of_several_workers_is_the_same_each_time(luck):
    once = told(busy=False)
    assert {worker for worker in ("worker-1", "worker-2", "worker-3") if worker in once} == {
        *("worker-1", "worker-2", "worker-3")
    }
    assert {told(busy) for busy in (False, True)} == {once}


def test_on_any_redis_a_worker_lets_the_others_start(lab, queue, monkeypatch):
    one_has_started, started, take = threading.Event(), Crew.started, Crew.take

    def start(self):
        one_has_started.set()
        started(self)

    def take_late(self, worker, dequeue):
        if worker.name != "worker-1":
            one_has_started.wait()
            time.sleep(0.1)  # long enough for all three jobs, if their worker did not wait
        return take(self, worker, dequeue)

    monkeypatch.setattr(Crew, "started", start)
    monkeypatch.setattr(Crew, "take", take_late)
    for n in range(1, 4):
        queue.enqueue(jobs.give, n, job_id=f"{n}")
    names = [f"worker-{n}" for n in range(1, 4)]
    crew = Crew([queue], names, 0)
    with within(5):
        crew.work(lambda: None)
    events = read_run(lab.redis).events
    assert [event.what for event in events] == ["started"] * 3 + ["finished"] * 3
    assert {event.worker for event in events} == set(names)


def test_who_sleeps_lets_the_others_go_on(lab, queue):
    for n in range(3):
        queue.enqueue(jobs.sleep, 0.3, job_id=f"sleep-{n}")
    start = time.monotonic()
    with within(0.8):
        work(lab, workers=3)
    assert time.monotonic() - start >= 0.3


def test_a_job_may_wait_for_something_from_outside(lab, queue):
    jobs.meeting.clear()
    jobs.other.clear()
    queue.enqueue(jobs.wait_for_the_other, job_id="waits")

    def tell() -> None:
        assert jobs.meeting.wait(60)
        jobs.other.set()

    assert work(lab, workers=2, on_change=tell)["waits"].result == "seen"


@embedded
def test_an_interrupt_reaches_who_waits(lab, queue):
    jobs.other.clear()
    jobs.meeting.clear()
    queue.enqueue(jobs.wait_for_the_other, job_id="waits")
    queue.enqueue(jobs.loop_forever, job_id="loops")

    def stop() -> None:
        if jobs.meeting.wait(60):
            raise KeyboardInterrupt

    try:
        with within(GRACE), pytest.raises(KeyboardInterrupt):
            work(lab, workers=2, on_change=stop)
    finally:
        jobs.other.set()
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
