"""A job that cannot be read ends in the lab as with a real worker, and so do all the others."""

import asyncio
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from rq import Queue, Retry

from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import find
from lesson_code.lab import ArqStory, Story, every_crash, job_graph, play, timeline, work, work_arq
from lesson_code.lab.engines.arq import read_arq_run
from lesson_code.lab.engines.rq import read_run
from lesson_code.lab.record import Unreadable
from lesson_code.lab.stage.crashes import fate_and_jobs
from lesson_code.lab.stage.processes import PROJECT
from tests import unreadable as odd
from tests.real import real


@pytest.fixture
def cell(monkeypatch):
    """The classes of a notebook's cells: they are in `__main__`."""
    Order = type("Order", (SimpleNamespace,), {"__module__": "__main__"})
    monkeypatch.setattr(sys.modules["__main__"], "Order", Order, raising=False)
    return SimpleNamespace(Order=Order)


def enqueue_all(queue: Queue, order: object = None) -> None:
    """Enqueue a job for each way to be unreadable, with a dependent; and a good one."""
    first = [queue.enqueue(task, job_id=task.__name__) for task in odd.ENDS]
    first += [queue.enqueue(odd.give, odd.OneWay(), job_id="argument")]
    first += [queue.enqueue(odd.give, odd.OneWay(), job_id="again", retry=Retry(max=1))]
    first += [queue.enqueue(odd.give, order, job_id="of-a-cell")] if order else []
    first += [queue.enqueue("nowhere.task", job_id="module")]
    first += [queue.enqueue("tests.unreadable.nothing", job_id="function")]
    for job in first:
        queue.enqueue(odd.give, job_id=f"after-{job.id}", depends_on=job)
    queue.enqueue(odd.give, job_id="good")


FINISHED = {"give_a_lock", "give_one_way", "good"}


async def enqueue_all_arq(pool) -> None:
    for task in odd.ENDS:
        await pool.enqueue_job(task.__name__, _job_id=task.__name__)
    await pool.enqueue_job("give", odd.OneWay(), _job_id="argument")
    await pool.enqueue_job("nothing", _job_id="function")
    await pool.enqueue_job("give", _job_id="good")


def run_arq(lab, enqueue=enqueue_all_arq, workers: bool = True):
    async def main():
        pool = lab.arq()
        await enqueue(pool)
        run = await (work_arq(pool, odd.Tasks) if workers else read_arq_run(pool))
        await pool.aclose()
        return run

    return asyncio.run(main())


def plain_worker(url: str, *command: str) -> None:
    """Run a worker of the library's own, which knows nothing of the lab."""
    subprocess.run(
        [sys.executable, "-m", *command],
        cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT), "ARQ_URL": url},
        capture_output=True, check=True,
    )  # fmt: skip


@pytest.mark.parametrize("workers", [1, 3])
def test_each_job_ends_in_the_state_that_rq_gives_it(lab, queue, cell, workers):
    enqueue_all(queue, cell.Order(id="A7"))
    states = work(lab, workers).states
    first = {name: state for name, state in states.items() if not name.startswith("after-")}
    assert {name for name, state in first.items() if state == "finished"} == FINISHED
    assert set(first.values()) == {"finished", "failed"}
    for name, state in first.items():
        if name != "good":
            then = "finished" if state == "finished" else "deferred"
            assert states[f"after-{name}"] == then, name


@real
def test_a_real_worker_of_rq_leaves_the_same(lab, queue, real_lab, real_queue, cell):
    enqueue_all(queue, cell.Order(id="A7"))
    enqueue_all(real_queue, cell.Order(id="A7"))
    ours = work(lab)
    plain_worker(real_lab.url, "rq.cli", "worker", "--burst", "--quiet", "--url", real_lab.url)
    theirs = read_run(real_lab.redis)
    assert ours.states == theirs.states
    assert [job.error for job in ours.jobs if "__main__" not in str(job.error)] == [
        job.error for job in theirs.jobs if "__main__" not in str(job.error)
    ]
    assert [str(job.result) for job in ours.jobs] == [str(job.result) for job in theirs.jobs]


@real
def test_worker_processes_of_the_lab_do_so_too(real_lab, real_queue, cell):
    real_queue.enqueue(odd.give, cell.Order(id="A7"), job_id="of-a-cell")
    real_queue.enqueue(odd.give, odd.OneWay(), job_id="argument")
    real_queue.enqueue(odd.give, job_id="good")
    run = work(real_lab, processes=True)
    assert run.states == {"of-a-cell": "failed", "argument": "failed", "good": "finished"}
    assert run.attempts == {"of-a-cell": 1, "argument": 1, "good": 1}


def test_it_is_told_what_cannot_be_read_and_why(lab, queue, cell):
    enqueue_all(queue, cell.Order(id="A7"))
    run = work(lab)
    why = "DeserializationError, from TypeError: this cannot be read"
    assert (run["argument"].error, run["argument"].task) == (why, "give")
    assert "Can't get attribute 'Order'" in run["of-a-cell"].error
    assert run["give_one_way"].result == Unreadable("TypeError: this cannot be read")
    assert "finished  → (cannot be read: TypeError: this cannot be read)" in str(job_graph(run))
    assert run["raise_mute"].error == "Mute: <exception str() failed>"
    assert (run.attempts["argument"], run.attempts["again"]) == (1, 2)
    assert "argument" in str(timeline(run))


def test_each_job_ends_in_the_state_that_arq_gives_it(lab):
    run = run_arq(lab)
    done = {name for name, state in run.states.items() if state == "complete"}
    assert done == {"give_one_way", "good"}
    assert set(run.states.values()) == {"complete", "complete, failed"}
    assert run["give_one_way"].result == Unreadable("TypeError: this cannot be read")
    assert run["raise_mute"].error == "Mute: <exception str() failed>"
    assert run["raise_locked"].error == "unable to serialize result"
    assert run["argument"].error.startswith("DeserializationError: unable to deserialize job")
    assert run["raise_two_words"].error.startswith(
        "DeserializationError: unable to deserialize job result, from TypeError"
    )
    assert "good" in str(job_graph(run))


@real
def test_a_real_worker_of_arq_leaves_the_same(lab, real_lab):
    ours = run_arq(lab)
    run_arq(real_lab, workers=False)
    plain_worker(real_lab.url, "arq", "tests.unreadable.Process", "--burst")

    async def nothing(pool) -> None:
        pass

    theirs = run_arq(real_lab, nothing, workers=False)
    told = [{job.id: (job.state, job.error) for job in run.jobs} for run in (ours, theirs)]
    assert told[0] == told[1]


def test_a_queued_job_that_cannot_be_read_is_drawn_by_its_name(lab):
    async def one(pool) -> None:
        await pool.enqueue_job("give", odd.OneWay(), _job_id="argument")

    (job,) = run_arq(lab, one, workers=False).jobs
    assert (job.task, job.state) == ("give", "queued")


def test_a_job_of_another_queue_stays_queued_in_arq_and_is_seen(lab):
    """A worker of ARQ's has one queue, which its settings name."""

    async def one(pool) -> None:
        await pool.enqueue_job("give", _job_id="here")
        await pool.enqueue_job("give", _job_id="there", _queue_name="mail")

    assert run_arq(lab, one).states == {"here": "complete", "there": "queued"}
    story = ArqStory(one, odd.Tasks)
    _, runs = fate_and_jobs(story, play(story).token)
    assert runs[-1].states == {"here": "complete", "there": "queued"}


async def enqueue_some_arq(pool) -> None:
    await pool.enqueue_job("give", odd.OneWay(), _job_id="argument")
    await pool.enqueue_job("give_one_way", _job_id="result")
    await pool.enqueue_job("raise_two_words", _job_id="error")


def enqueue_some(queue: Queue) -> None:
    queue.enqueue(odd.give, odd.OneWay(), job_id="argument")
    queue.enqueue(odd.give_one_way, job_id="result")
    queue.enqueue(odd.raise_two_words, job_id="error")


STORIES = {
    "rq": (Story(enqueue_some), {"argument": "failed", "result": "finished", "error": "failed"}),
    "arq": (
        ArqStory(enqueue_some_arq, odd.Tasks, requeue=True),
        {"argument": "complete, failed", "result": "complete", "error": "complete, failed"},
    ),
}


@pytest.mark.parametrize("engine", STORIES)
def test_so_it_is_on_the_stage(engine):
    story, states = STORIES[engine]
    _, runs = fate_and_jobs(story, play(story).token)
    assert runs[-1].states == states
    assert len(every_crash(story, budget=10).fates) == 10


PAYDAY = """
from tests.unreadable import OneWay, TwoWords

async def pay(ctx, customer, month):
    {}

async def payday(ctx, month):
    for customer in ["Ada", "Bob"]:
        await ctx["redis"].enqueue_job("pay", customer, month, _job_id=f"{{customer}}-{{month}}")
"""
ORDER = """
from dataclasses import dataclass
from lesson_code.worlds import shop
from tests.unreadable import OneWay, give_one_way

@dataclass
class Order:
    id: str

def charge(order):
    return shop.charge(order.id)

def order_chain(queue):
    queue.enqueue({}, job_id="charge")
"""
ANSWERS = [  # an exercise, an answer, and a part of the sentence that refuses it
    ("payday", PAYDAY.format("return OneWay()"), "returned (cannot be read: TypeError"),
    ("payday", PAYDAY.format('raise TwoWords("a", "b")'), "failed (DeserializationError"),
    ("order_chain", ORDER.format("charge, Order('A7')"), "there is no job `pack`"),
    ("order_chain", ORDER.format("charge, OneWay()"), "there is no job `pack`"),
    ("order_chain", ORDER.format("give_one_way"), "there is no job `pack`"),
    ("order_chain", ORDER.format("'nowhere.charge'"), "there is no job `pack`"),
]


@pytest.mark.parametrize(("name", "answer", "says"), ANSWERS)
def test_the_check_judges_it(name, answer, says):
    (verdict,) = examine(find(name), [answer])
    assert not verdict["solved"]
    assert says in " ".join(verdict["sentences"])
