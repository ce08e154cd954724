"""`work` runs all that is queued, in threads or processes, and tells what happened."""

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from rq import Queue, Retry
from rq.job import Dependency

from lesson_code.lab import Lab, job_graph, timeline, work
from lesson_code.lab.record import Event
from lesson_code.lab.stage import processes
from tests import jobs

real = pytest.mark.skipif(not os.environ.get("REDIS_URL"), reason="needs a real Redis: REDIS_URL")


def chain(queue, length=3):
    job = None
    for n in range(length):
        job = queue.enqueue(jobs.give, n, job_id=f"step-{n}", depends_on=job)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_chain_runs_in_its_order(lab, queue, workers):
    chain(queue)
    run = work(lab, workers)
    assert run.order == ["step-0", "step-1", "step-2"]
    assert set(run.states.values()) == {"finished"}
    assert [job.result for job in run.jobs] == [0, 1, 2]
    assert [job.after for job in run.jobs] == [(), ("step-0",), ("step-1",)]


def test_nothing_queued_is_an_empty_run(lab):
    run = work(lab)
    assert (run.jobs, run.events) == ((), ())
    assert str(job_graph(run)) == "(no jobs)"
    assert str(timeline(run)) == "(no job was started)"


def test_several_workers_work_at_once(lab, queue):
    for n in range(3):
        queue.enqueue(jobs.meet, "three", 3, job_id=f"meet-{n}")
    run = work(lab, workers=3)
    assert set(run.states.values()) == {"finished"}
    assert {job.result for job in run.jobs} == {"worker-1", "worker-2", "worker-3"}


def test_workers_that_find_nothing_wait_for_what_a_busy_one_sets_free(lab, queue):
    first = queue.enqueue(jobs.give, 1, job_id="first")
    for n in range(3):
        queue.enqueue(jobs.meet, "after", 3, job_id=f"meet-{n}", depends_on=first)
    assert set(work(lab, workers=3).states.values()) == {"finished"}


def test_what_a_job_enqueues_is_run_too(lab, queue):
    queue.enqueue(jobs.enqueue_more, 3, job_id="parent")
    assert len(work(lab, workers=2).jobs) == 4


def test_a_dependent_in_another_queue_is_run_too(lab, queue):
    first = queue.enqueue(jobs.give, 1, job_id="first")
    low = Queue("low", connection=lab.redis)
    low.enqueue(jobs.give, 2, job_id="second", depends_on=first)
    assert work(lab).states == {"first": "finished", "second": "finished"}


def test_a_failure_is_told_by_class_and_message(lab, queue):
    queue.enqueue(jobs.fail, "two\nlines", job_id="bad")
    run = work(lab)
    assert run["bad"].state == "failed"
    assert run["bad"].error == "ValueError: two"


def test_a_dependency_that_redis_does_not_know_is_shown_as_missing(lab, queue):
    queue.enqueue(jobs.give, 1, depends_on="nobody", job_id="job")
    assert work(lab).states == {"nobody": "missing", "job": "finished"}


def test_an_unknown_job_is_a_clear_error(lab, queue):
    queue.enqueue(jobs.give, 1, job_id="known")
    with pytest.raises(KeyError, match="no job 'unknown'; there are: known"):
        work(lab)["unknown"]


def test_each_attempt_is_an_event(lab, queue):
    queue.enqueue(jobs.fail, job_id="bad", retry=Retry(max=1))
    assert work(lab).events == (
        Event("worker-1", "bad", "started"),
        Event("worker-1", "bad", "failed"),
        Event("worker-1", "bad", "started"),
        Event("worker-1", "bad", "failed"),
    )


def test_events_are_those_of_this_run_only(lab, queue):
    queue.enqueue(jobs.give, 1, job_id="early")
    work(lab)
    queue.enqueue(jobs.give, 2, job_id="late")
    run = work(lab)
    assert run.order == ["late"]
    assert list(run.states) == ["early", "late"]
    assert lab.redis.keys("lesson:events") == []


def test_a_dependent_that_runs_even_after_a_failure_is_marked(lab, queue):
    bad = queue.enqueue(jobs.fail, job_id="bad")
    queue.enqueue(jobs.give, 1, job_id="next", depends_on=Dependency(bad, allow_failure=True))
    run = work(lab)
    assert run["next"].even_if_failed and run["next"].state == "finished"
    assert "after bad (even if failed)" in str(job_graph(run))


def test_a_job_in_a_thread_is_timed_out(lab, queue):
    queue.enqueue(jobs.loop_forever, job_timeout=1, job_id="loop")
    start = time.monotonic()
    run = work(lab)
    assert (
        run["loop"].error == "JobTimeoutException: Task exceeded maximum timeout value (1 seconds)"
    )
    assert time.monotonic() - start < 3


def test_no_thread_and_no_signal_handler_is_left_behind(lab, queue):
    threads = threading.enumerate()
    handlers = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    chain(queue)
    work(lab, workers=3)
    assert threading.enumerate() == threads
    assert handlers == [
        signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    ]


def test_an_interrupt_ends_the_running_job_and_leaves_the_others_queued(lab, queue):
    threads = threading.enumerate()
    jobs.looping.clear()
    queue.enqueue(jobs.loop_forever, job_id="loop")
    queue.enqueue(jobs.give, 1, job_id="later")

    def stop():
        assert jobs.looping.wait(timeout=5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(lab, on_change=stop)
    assert threading.enumerate() == threads
    run = work(lab)
    assert run["loop"].state == "failed"
    assert "KeyboardInterrupt" in run["loop"].error
    assert run.order == ["later"]


def test_changes_are_reported_while_the_workers_work(lab, queue):
    chain(queue)
    frames = []
    work(lab, on_change=lambda: frames.append(1))
    assert len(frames) == 6  # three starts, three ends


@pytest.mark.parametrize("workers", [0, -1])
def test_no_worker_at_all_is_refused(lab, workers):
    with pytest.raises(ValueError, match="at least one worker"):
        work(lab, workers)


def test_processes_on_the_embedded_redis_are_refused(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    with pytest.raises(ValueError, match="set REDIS_URL to a real one"):
        work(Lab(), processes=True)


@real
def test_processes_run_a_chain_and_find_the_code_from_any_folder(lab, queue, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    chain(queue, 2)
    where = queue.enqueue(jobs.where, job_id="where", depends_on="step-1")
    run = work(lab, workers=2, processes=True)
    assert run.order == ["step-0", "step-1", "where"]
    pid, folder = where.return_value()
    assert pid != os.getpid() and folder == str(tmp_path)
    assert {event.worker for event in run.events} <= {"worker-1", "worker-2"}


@real
def test_a_work_horse_that_is_killed_fails_its_job_only(lab, queue):
    queue.enqueue(jobs.die, job_id="dies")
    queue.enqueue(jobs.give, 1, job_id="lives")
    run = work(lab, processes=True)
    assert run.states == {"dies": "failed", "lives": "finished"}
    assert "Work-horse terminated unexpectedly" in run["dies"].error


@real
def test_an_interrupt_ends_the_processes(lab, queue):
    queue.enqueue(jobs.loop_forever, job_id="loop")

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(lab, processes=True, on_change=stop)
    children = os.popen(f"ps --ppid {os.getpid()} -o args=").read()
    assert "rq.cli" not in children


@real
def test_a_worker_that_cannot_start_says_why(lab, queue, monkeypatch):
    monkeypatch.setattr(processes, "RecordingWorker", type("NoSuchWorker", (), {}))
    queue.enqueue(jobs.give, 1)
    with pytest.raises(RuntimeError, match=r"a worker has died:(.|\n)*NoSuchWorker"):
        work(lab, processes=True)


def test_a_scheduled_job_is_not_waited_for(lab, queue):
    queue.enqueue_in(timedelta(hours=1), jobs.give, 1, job_id="later")
    assert work(lab).states == {"later": "scheduled"}
