"""A Run can be shown step by step: its events agree with the data in Redis at the time."""

import re
from itertools import groupby

import pytest
from rq import Queue, Retry

from lesson_code.lab import Lab, work
from lesson_code.lab.engines.rq import read_run
from lesson_code.lab.frame import graph
from lesson_code.lab.moments import MOST, moments
from lesson_code.lab.player import run_again
from lesson_code.lab.record import Event, JobRecord, Run
from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds import tasks

PLANS = {
    "a chain": lambda queue: chain(queue),
    "a chain that breaks": lambda queue: chain(queue, handed_on=False),
    "one retry": lambda queue: chain(queue, handed_on=False, retry=Retry(max=1)),
    "a diamond": lambda queue: diamond(queue),
}


def chain(queue, handed_on=True, **more):
    helper = [pass_results] if handed_on else []
    a = queue.enqueue(tasks.task_a, job_id="a")
    b = queue.enqueue(*helper, tasks.task_b, depends_on=a, job_id="b", **more)
    queue.enqueue(*helper, tasks.task_c, depends_on=b, job_id="c")


def diamond(queue):
    a = queue.enqueue(tasks.join, "salt", job_id="a")
    sides = [queue.enqueue(tasks.join, depends_on=a, job_id=side) for side in "bc"]
    queue.enqueue(tasks.join, depends_on=sides, job_id="d")


@pytest.fixture
def lab():
    lab = Lab()
    yield lab
    lab.close()


@pytest.mark.parametrize("plan", PLANS)
def test_the_states_are_those_that_redis_has_had(lab, plan):
    PLANS[plan](Queue(connection=lab.redis))
    seen = [read_run(lab.redis).states]
    run = work(lab, on_change=lambda: seen.append(read_run(lab.redis).states), pace=0.05)
    told = [states for _, one in moments(run) for states in [one.states]]
    assert told[0] == seen[0] and told[-1] == run.states
    ahead = iter(told)
    assert all(states in ahead for states, _ in groupby(seen))  # all of them, in this order


def test_each_event_is_told_and_a_result_is_there_when_the_job_has_ended(lab):
    chain(Queue(connection=lab.redis))
    run = work(lab)
    words, states = zip(*moments(run), strict=True)
    assert words[:3] == ("at first", "worker-1 starts a", "a is finished, with worker-1")
    assert [one["a"].result for one in states[:3]] == [None, None, "Data from A"]
    assert states[-1].jobs == run.jobs
    assert [one.attempts.get("a", 0) for one in states[:3]] == [0, 1, 1]


def test_an_attempt_that_fails_is_told_from_a_job_that_fails(lab):
    queue = Queue(connection=lab.redis)
    queue.enqueue(tasks.task_c, job_id="c", retry=Retry(max=1))
    queue.enqueue(tasks.task_c, job_id="later", retry=Retry(max=1, interval=60))
    told = [words for words, _ in moments(work(lab))]
    assert "attempt 1 of c has failed, with worker-1" in told
    assert "worker-1 starts c, attempt 2" in told and "c is failed, with worker-1" in told
    assert told[-1] != "later is failed, with worker-1"  # it is scheduled
    assert "attempt 1 of later has failed, with worker-1" in told


def test_a_job_is_absent_until_somebody_enqueues_it():
    jobs = (JobRecord("a", "a", "finished"), JobRecord("b", "b", "finished", enqueued_by="a"))
    events = tuple(Event("w", job, what) for job in "ab" for what in ("started", "finished"))
    states = [one.states["b"] for _, one in moments(Run(jobs, events))]
    assert states == ["absent", "queued", "queued", "started", "finished"]


def test_arq_has_its_own_words():
    run = Run((JobRecord("a", "a", "complete"),), (Event("s", "a", "started"),) * 2)
    assert [one.states["a"] for _, one in moments(run)] == ["queued", "in_progress", "complete"]


def test_without_events_or_with_too_many_there_is_only_the_graph(monkeypatch):
    monkeypatch.delenv("LESSON_FRAMES", raising=False)
    job = JobRecord("a", "a", "finished")
    for events in ((), (Event("w", "a", "started"),) * (MOST + 1)):
        assert "<script" not in run_again(Run((job,), events))["text/html"]
    assert "<script" in run_again(Run((job,), (Event("w", "a", "started"),)))["text/html"]


def test_a_run_that_is_stored_is_its_graph(monkeypatch):
    monkeypatch.setenv("LESSON_FRAMES", "last")
    run = Run((JobRecord("a", "a", "finished"),), (Event("w", "a", "started"),))
    assert "<script" not in run_again(run)["text/html"]


def test_a_job_opens_with_its_call_tries_result_and_error(lab):
    queue = Queue(connection=lab.redis)
    queue.enqueue(tasks.task_b, "<b>", job_id="b")
    queue.enqueue(tasks.task_c, job_id="c", retry=Retry(max=1))
    run = work(lab)
    html = graph(run)
    told = re.findall(r"<details.*?</details>", html, flags=re.DOTALL)
    assert "task_b(&#x27;&lt;b&gt;&#x27;)" in told[0] and "Result from B" in told[0]
    assert "<b>attempts</b> <code>2</code>" in told[1] and "TypeError: task_c()" in told[1]
    assert html.count('data-box="') == 2


def test_no_pickle_is_opened_to_say_what_was_called(lab):
    job = Queue(connection=lab.redis).enqueue(tasks.task_b, "salt", job_id="b")
    lab.redis.hset(job.key, "data", b"no pickle at all")
    description = job.description
    lab.redis.hset(job.key, "description", description)
    assert description == "lesson_code.worlds.tasks.task_b('salt')"
