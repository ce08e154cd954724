"""`work` runs all queued jobs, in threads or processes, and records the run."""

import asyncio
import os
import signal
import threading
from datetime import timedelta

import pytest
from redis.client import Pipeline
from redis.exceptions import TimeoutError as RedisTimeout
from rq import Callback, Queue, Retry, SimpleWorker
from rq.job import Dependency

from lesson_code.lab import Lab, job_graph, show, timeline, watch, work, work_arq
from lesson_code.lab.engines.rq import EVENTS, TROUBLES
from lesson_code.lab.engines.rq_notes import Recorder
from lesson_code.lab.engines.rq_workers import CrewWorker
from lesson_code.lab.record import Event
from lesson_code.lab.stage import processes
from lesson_code.lab.stage.crew import Crew
from lesson_code.lab.stage.fair_crew import FairCrew
from tests import jobs
from tests.patience import within
from tests.real import real
from tests.sampling import sampled


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


def test_a_job_that_is_gone_as_it_finishes_has_ended(lab, queue):
    queue.enqueue(jobs.give, 1, job_id="gone", result_ttl=0)
    assert [event.what for event in work(lab).events] == ["started", "finished"]


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
    with within(3):
        run = work(lab)
    assert (
        run["loop"].error == "JobTimeoutException: Task exceeded maximum timeout value (1 seconds)"
    )


def no_thread_is_left() -> bool:
    """Whether all workers and their timers are gone; what is tested beside has other threads."""
    ours = [
        thread
        for thread in threading.enumerate()
        if thread.name.startswith("worker-") or isinstance(thread, threading.Timer)
    ]
    for thread in ours:
        thread.join(1)
    return not any(thread.is_alive() for thread in ours)


def test_no_thread_and_no_signal_handler_is_left_behind(lab, queue):
    handlers = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    chain(queue)
    work(lab, workers=3)
    assert no_thread_is_left()
    assert handlers == [
        signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    ]


def test_an_interrupt_ends_the_running_job_and_leaves_the_others_queued(lab, queue):
    jobs.looping.clear()
    queue.enqueue(jobs.loop_forever, job_id="loop")
    queue.enqueue(jobs.give, 1, job_id="later")

    def stop():
        assert jobs.looping.wait(timeout=60)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(lab, on_change=stop)
    assert no_thread_is_left()
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


@pytest.mark.parametrize("use", [work, watch])
def test_what_is_no_lab_is_refused(queue, use):
    with pytest.raises(TypeError, match=r"\(lab\) takes a Lab, and this is of type Queue"):
        use(queue)


def test_what_is_no_number_of_workers_is_refused(lab):
    with pytest.raises(TypeError, match="workers='3': pass a whole number, like workers=3"):
        work(lab, "3")


def test_arq_workers_want_a_client_of_arq(lab):
    with pytest.raises(TypeError, match=r"pool = lab\.arq\(\), and this is of type Lab"):
        asyncio.run(work_arq(lab))


@pytest.mark.parametrize("thing", [None, 3, "task_a"])
def test_only_what_has_a_source_is_shown(thing):
    with pytest.raises(TypeError, match=r"show\(.+\): pass a function, a class or a module"):
        show(thing)


def test_processes_on_the_embedded_redis_are_refused(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    with pytest.raises(ValueError, match=r"lab\.real\(\), or set REDIS_URL"):
        work(Lab(), processes=True)


@real
def test_processes_run_a_chain_and_find_the_code_from_any_folder(
    real_lab, real_queue, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    chain(real_queue, 2)
    where = real_queue.enqueue(jobs.where, job_id="where", depends_on="step-1")
    run = work(real_lab, workers=2, processes=True)
    assert run.order == ["step-0", "step-1", "where"]
    pid, folder = where.return_value()
    assert pid != os.getpid() and folder == str(tmp_path)
    assert {event.worker for event in run.events} <= {"worker-1", "worker-2"}


@real
def test_a_work_horse_that_is_killed_fails_its_job_only(real_lab, real_queue):
    real_queue.enqueue(jobs.die, job_id="dies")
    real_queue.enqueue(jobs.give, 1, job_id="lives")
    run = work(real_lab, processes=True)
    assert run.states == {"dies": "failed", "lives": "finished"}
    assert "Work-horse terminated unexpectedly" in run["dies"].error


@real
def test_an_interrupt_ends_the_processes(real_lab, real_queue):
    real_queue.enqueue(jobs.loop_forever, job_id="loop")

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(real_lab, processes=True, on_change=stop)
    children = os.popen(f"ps --ppid {os.getpid()} -o args=").read()
    assert "rq.cli" not in children


@real
def test_a_worker_that_cannot_start_says_why(real_lab, real_queue, monkeypatch):
    monkeypatch.setattr(processes, "RecordingWorker", type("NoSuchWorker", (), {}))
    real_queue.enqueue(jobs.give, 1)
    with pytest.raises(RuntimeError, match=r"a worker has crashed:(.|\n)*NoSuchWorker"):
        work(real_lab, processes=True)


def test_a_scheduled_job_is_not_waited_for(lab, queue):
    queue.enqueue_in(timedelta(hours=1), jobs.give, 1, job_id="later")
    assert work(lab).states == {"later": "scheduled"}


# What a worker crashes of reaches the cell.


class Broken(Exception):
    pass


def breaks(*args, **kwargs):
    raise Broken("a bug of ours")


def no_worker_is_left() -> bool:
    return not [one for one in threading.enumerate() if one.name.startswith("worker-")]


HOOKS = [
    (Recorder, "_record"),
    (CrewWorker, "dequeue_job_and_maintain_ttl"),
    (CrewWorker, "execute_job"),
    (SimpleWorker, "prepare_execution"),
    (SimpleWorker, "heartbeat"),
    (SimpleWorker, "register_birth"),
    (SimpleWorker, "run_maintenance_tasks"),
    (Crew if os.environ.get("REDIS_URL") else FairCrew, "take"),
    (Crew, "started"),
    (Crew, "ended"),
]


@pytest.mark.parametrize(("owner", "hook"), HOOKS, ids=[hook for _, hook in HOOKS])
def test_an_error_in_a_workers_thread_reaches_the_cell(lab, queue, monkeypatch, owner, hook):
    chain(queue)
    monkeypatch.setattr(owner, hook, breaks)
    with pytest.raises(RuntimeError, match=r"worker-\d has crashed: Broken: a bug of ours") as told:
        work(lab, workers=3)
    assert isinstance(told.value.__cause__, Broken)
    assert no_worker_is_left()
    assert not lab.redis.exists(EVENTS, TROUBLES)


def test_an_error_that_comes_late_stops_the_others_too(lab, queue, monkeypatch):
    queue.enqueue(jobs.loop_forever, job_id="loop")
    queue.enqueue(jobs.give, 1, job_id="bad")
    end = Recorder.cleanup_execution

    def cleanup_execution(self, job, pipeline, *args, **kwargs):
        return breaks() if job.id == "bad" else end(self, job, pipeline, *args, **kwargs)

    monkeypatch.setattr(Recorder, "cleanup_execution", cleanup_execution)
    with pytest.raises(RuntimeError, match=r"worker-\d has crashed: Broken: a bug of ours"):
        work(lab, workers=2)
    assert no_worker_is_left()


def test_a_worker_that_leaves_for_no_reason_is_not_silent_either(lab, queue, monkeypatch):
    queue.enqueue(jobs.give, 1)
    monkeypatch.setattr(CrewWorker, "work", lambda self, **options: None)
    with pytest.raises(RuntimeError, match="RuntimeError: it stopped for an unknown reason"):
        work(lab)


def test_a_redis_that_times_out_is_named(lab, queue, monkeypatch):
    def times_out(self, *args, **kwargs):
        raise RedisTimeout("Timeout reading from socket")

    queue.enqueue(jobs.give, 1)
    monkeypatch.setattr(SimpleWorker, "dequeue_job_and_maintain_ttl", times_out)
    with pytest.raises(RuntimeError, match="worker-1 has crashed: TimeoutError: Timeout reading"):
        work(lab)


BROKEN = [
    ("LeavesAtOnce", ""),
    ("CannotBeImported", "CannotBeImported"),
    ("StartsBadly", "Broken: the start cannot be noted"),
    ("EndsBadly", "Broken: the end cannot be noted"),
    ("CannotTakeJobs", "Broken: no job is to be had"),
    ("IsKilled", ""),
    ("NeverRegisters", "worker-1 has not registered"),
]


@real
@pytest.mark.parametrize(("worker", "why"), sampled(BROKEN, 2))
def test_a_worker_process_that_dies_says_why(real_lab, real_queue, monkeypatch, worker, why):
    real_queue.enqueue(jobs.give, 1, job_id="job")
    if worker == "NeverRegisters":
        monkeypatch.setattr(processes, "BIRTH", 1)
    monkeypatch.setattr(
        processes, "RecordingWorker", type(worker, (), {"__module__": "tests.broken_workers"})
    )
    with pytest.raises(RuntimeError, match=rf"a worker has crashed:(.|\n)*{why}"):
        work(real_lab, processes=True)
    children = os.popen(f"ps --ppid {os.getpid()} -o args=").read()
    assert "rq.cli" not in children


# Who enqueued whom.


@pytest.mark.parametrize("how", ["threads", pytest.param("processes", marks=real)])
def test_a_job_knows_which_job_enqueued_it(request, how):
    lab = request.getfixturevalue("real_lab" if how == "processes" else "lab")
    queue = Queue(connection=lab.redis)
    callback = Callback(jobs.enqueue_after)
    first = queue.enqueue(jobs.enqueue_all_ways, job_id="parent", on_success=callback)
    queue.enqueue(jobs.give, 1, job_id="behind", depends_on=first)
    run = work(lab, workers=2, processes=how == "processes")
    late = {"more-0", "deferred", "scheduled", "many", "saved", "after-parent"}
    assert {job.id: job.enqueued_by for job in run.jobs} == {
        "parent": None,
        "behind": None,
        **dict.fromkeys(late, "parent"),
        "grandchild": "many",
    }


def test_what_is_enqueued_outside_of_a_job_is_nobodys(lab, queue):
    queue.enqueue(jobs.enqueue_more, 1, job_id="parent", retry=Retry(max=1))
    work(lab)
    queue.enqueue(jobs.give, 1, job_id="outside")
    queue.enqueue_job(queue.fetch_job("more-0"))
    assert {job.id: job.enqueued_by for job in work(lab).jobs} == {
        "parent": None,
        "more-0": "parent",
        "outside": None,
    }


def test_a_failed_jobs_callback_counts_as_the_job(lab, queue):
    queue.enqueue(jobs.fail, job_id="bad", on_failure=Callback(jobs.enqueue_after))
    assert work(lab)["after-bad"].enqueued_by == "bad"


def test_who_enqueued_whom_comes_at_one_stroke_and_changes_nothing_that_rq_stores(
    lab, queue, monkeypatch
):
    strokes = []
    execute = Pipeline.execute

    def executing(self, *args, **kwargs):
        strokes.append([command[0][:2] for command in self.command_stack])
        return execute(self, *args, **kwargs)

    monkeypatch.setattr(Pipeline, "execute", executing)
    queue.enqueue(jobs.enqueue_more, 1, job_id="parent")
    work(lab)
    stroke = next(one for one in strokes if ("HSET", "lesson:enqueued-by") in one)
    assert ("HSET", b"rq:job:more-0") in stroke or ("HSET", "rq:job:more-0") in stroke
    fields = set(lab.redis.hgetall("rq:job:more-0"))
    assert fields == set(lab.redis.hgetall("rq:job:parent"))
