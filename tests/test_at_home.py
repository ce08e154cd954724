"""The helpers outside of our own examples: ids and names of any look, queues with settings of their
own, large plans, tasks that no worker can import, and a project that has copied them.
"""

import inspect
import json
import os
import shutil
import subprocess
import sys
from functools import partial

import pytest
from arq import create_pool, func
from arq.connections import RedisSettings
from rq import Queue, SimpleWorker
from rq.job import Dependency, Job
from rq.serializers import JSONSerializer

from lesson_code.lab import work
from lesson_code.patterns.tasks import named
from lesson_code.patterns.workflow import WorkflowError
from lesson_code.with_arq.chaining import chained, rerun_failed
from lesson_code.with_arq.fallbacks import enqueue_once
from lesson_code.with_arq.parallel import register_parts
from lesson_code.with_arq.saga import saga
from lesson_code.with_arq.waiting import enqueue_children
from lesson_code.with_arq.workflow import enqueue_workflow as arq_workflow
from lesson_code.with_arq.workflow import run_step
from lesson_code.with_rq.audit import enqueue_again, find_orphaned_jobs
from lesson_code.with_rq.chord import enqueue_chord
from lesson_code.with_rq.fallbacks import (
    cancel_behind,
    catch_final_failure,
    enqueue_undo,
    fallback_if_failed,
    retries_for,
)
from lesson_code.with_rq.parallel import enqueue_tree_fan_in
from lesson_code.with_rq.saga import enqueue_saga
from lesson_code.with_rq.together import enqueue_atomically
from lesson_code.with_rq.workflow import enqueue_workflow
from tests import endings, jobs
from tests.endings import after, before, fallback, raises, returns, undo, undo_before
from tests.real import real
from tests.scenarios import in_arq
from tools import lesson


@pytest.fixture(autouse=True)
def no_effects_yet():
    endings.effects.clear()


# Identity.

IDS = ["7", "order:7", "a:b:c", "order:7:before", "saga", "order:7:undo-before"]


def test_each_saga_of_arq_keeps_its_own_root(lab):
    async def enqueue(pool):
        for one in IDS:
            await pool.enqueue_job("saga", one, _job_id=one)

    run = in_arq(lab, enqueue, *saga([(before, undo_before), (returns, undo), (after, None)]))
    assert run.states == {
        job_id: "complete" for one in IDS for job_id in (one, f"{one}:returns", f"{one}:after")
    }
    assert {name: endings.effects.count(name) for name in ("before", "task", "after")} == (
        dict.fromkeys(("before", "task", "after"), len(IDS))
    )


def test_two_sagas_of_one_worker_have_names_of_their_own(lab):
    one = saga([(before, undo_before)], name="book", undo="unbook")
    two = saga([(returns, undo), (raises, None)], name="pay", undo="unpay")

    async def enqueue(pool):
        await pool.enqueue_job("book", _job_id="b")
        await pool.enqueue_job("pay", _job_id="p")

    in_arq(lab, enqueue, *one, *two)
    assert sorted(endings.effects) == ["before", "task", "task", "undo"]


async def bill(ctx, customer):
    await enqueue_once(ctx, "send", customer)


async def send(ctx, customer):
    return customer


def test_no_two_jobs_share_what_they_enqueue_once(lab):
    async def enqueue(pool):
        for one in IDS:
            await pool.enqueue_job("bill", one, _job_id=one)

    run = in_arq(lab, enqueue, bill, send)
    sent = [job.result for job in run.jobs if job.id.endswith(":send")]
    assert sorted(sent) == sorted(IDS)


@pytest.mark.parametrize("one", IDS)
def test_a_chain_of_arq_ends_whatever_its_id_is(lab, one):
    functions = chained(returns, then="after"), chained(after)
    run = in_arq(lab, lambda pool: pool.enqueue_job("returns", _job_id=one), *functions)
    assert len(run.jobs) == 2 and endings.effects == ["task", "after"]


class cards:
    @staticmethod
    def undo():
        endings.note("another undo")


def enqueue_both_undos(queue):
    queue.enqueue(enqueue_undo, [undo, cards.undo], job_id="job")


TWICE = {
    "an id in one plan": lambda queue: enqueue_atomically(
        [queue.create_job(undo, job_id="a"), queue.create_job(returns, job_id="a")]
    ),
    "a step of a saga": lambda queue: enqueue_saga(
        queue, [(undo, None), (cards.undo, None)], run="A7"
    ),
    "a step of a saga of ARQ": lambda queue: saga([(undo, None), (cards.undo, None)]),
}


@pytest.mark.parametrize("plan", TWICE)
def test_two_things_of_one_name_are_refused_before_anything_is_written(lab, queue, plan):
    with pytest.raises(ValueError, match=r"have the same name: (a|undo)"):
        TWICE[plan](queue)
    assert not lab.redis.keys("rq:job:*")


def test_two_undo_steps_of_one_name_are_refused_before_a_job_is_cancelled(lab, queue):
    bad = queue.enqueue(raises, job_id="bad")
    queue.enqueue(after, depends_on=bad, job_id="behind")
    steps = [enqueue_undo, [undo, cards.undo]]
    guard = Dependency(bad, allow_failure=True)
    queue.enqueue(fallback_if_failed, *steps, depends_on=guard, job_id="guard")
    run = work(lab)
    assert run["guard"].error == "ValueError: two steps have the same name: undo"
    assert run["behind"].state == "deferred"


@pytest.mark.parametrize("helper", [register_parts, enqueue_children])
def test_two_parts_of_one_name_are_refused(lab, helper):
    async def parent(ctx):
        if helper is register_parts:
            await register_parts(ctx["redis"], "night", ["a", "a"])
        else:
            await enqueue_children(ctx, "send", ["a", "a"], "arq:queue")

    functions = [func(parent, name="parent"), send]
    run = in_arq(lab, lambda pool: pool.enqueue_job("parent", _job_id="p"), *functions)
    assert run["p"].error == "ValueError: two parts have the same name: a"
    assert len(run.jobs) == 1


# The queue that was given.


class OwnJob(Job):
    pass


SETTINGS = {"default_timeout": 3600, "job_class": OwnJob, "serializer": JSONSerializer}


@pytest.fixture
def own_queue(lab):
    return Queue("import", connection=lab.redis, **SETTINGS)


def work_in(queue: Queue) -> None:
    """Let a worker work that knows just the classes of this queue."""
    worker = SimpleWorker(
        [queue], connection=queue.connection, job_class=queue.job_class, serializer=queue.serializer
    )
    worker.work(burst=True, logging_level="CRITICAL")


GIVEN = {
    "workflow": lambda queue: enqueue_workflow(queue, {"a": (returns, []), "b": (after, ["a"])}),
    "saga": lambda queue: enqueue_saga(queue, [(returns, undo), (raises, None)], run="A7"),
    "chord": lambda queue: enqueue_chord(queue, returns, {"one": []}, after, run="night"),
    "tree": lambda queue: enqueue_tree_fan_in(
        queue, "tests.endings.after", [queue.enqueue(returns)] * 1, "all"
    ),
    "undo": lambda queue: queue.enqueue(enqueue_undo, ["tests.endings.undo"], job_id="job"),
}


@pytest.mark.parametrize("helper", GIVEN)
def test_all_settings_of_the_given_queue_are_kept_in_all_jobs(lab, own_queue, helper):
    GIVEN[helper](own_queue)
    work_in(own_queue)
    ids = own_queue.finished_job_registry.get_job_ids()
    found = OwnJob.fetch_many(ids, lab.redis, serializer=JSONSerializer)
    assert len(found) >= 2 and not own_queue.failed_job_registry.count
    assert {job.timeout for job in found} == {3600}
    assert {job.origin for job in found} == {"import"}


def test_another_queue_of_a_plan_has_the_settings_of_the_given_one(lab, own_queue):
    plan = {"a": (returns, []), "b": (after, ["a"], {"queue": "mail"})}
    made = enqueue_workflow(own_queue, plan)
    assert (made["b"].origin, made["b"].timeout, type(made["b"])) == ("mail", 3600, OwnJob)
    slow = Queue("slow", connection=lab.redis, default_timeout=7)
    made = enqueue_workflow(own_queue, {"c": (returns, [], {"queue": slow})})
    assert (made["c"].origin, made["c"].timeout) == ("slow", 7)


def test_what_a_job_enqueues_keeps_how_long_the_job_may_wait(lab, queue):
    queue.enqueue(enqueue_undo, [undo], job_id="job", ttl=500, failure_ttl=600, job_timeout=700)
    work(lab)
    made = queue.fetch_job("job-undo")
    assert (made.ttl, made.failure_ttl, made.timeout) == (500, 600, 700)


@pytest.fixture
def now(lab):
    return Queue("now", connection=lab.redis, is_async=False)


def test_a_synchronous_queue_runs_a_whole_plan_at_once(now):
    guarded = {
        "job": ([catch_final_failure, raises], [], {"retry": retries_for(3)}),
        "paid": ([fallback_if_failed, fallback], ["job"]),
        "end": (after, ["paid"]),
    }
    enqueue_workflow(now, guarded)
    assert endings.effects == ["task", "fallback", "after"]
    assert now.fetch_job("end").return_value() == ["fallback"]


def test_a_synchronous_queue_runs_a_dependent_that_allows_a_failure(now):
    enqueue_workflow(now, {"a": (raises, []), "b": (after, ["a"], {"allow_failure": True})})
    assert endings.effects == ["task", "after"]


def test_a_synchronous_queue_runs_a_chord_and_a_saga(now):
    enqueue_chord(now, returns, {"one": [], "two": []}, after, run="night")
    assert now.fetch_job("night").return_value() == [{"one": "done", "two": "done"}]
    endings.effects.clear()
    enqueue_saga(now, [(before, undo_before), (raises, None), (after, None)], run="A7")
    assert endings.effects == ["before", "task", "undo before"]


@pytest.mark.parametrize("option", ["depends_on", "job_id", "status", "at_front"])
def test_an_option_that_does_not_work_is_refused_by_its_name(lab, queue, option):
    with pytest.raises((ValueError, TypeError), match=option):
        enqueue_workflow(queue, {"a": (returns, [], {option: "x"})})
    assert not lab.redis.keys("rq:job:*")


def test_keywords_reach_a_task_that_allows_failures(lab, queue):
    kept = {"allow_failure": True, "kwargs": {"message": "no"}}
    enqueue_workflow(queue, {"a": (jobs.give, [], {"args": (1,)}), "b": (jobs.fail, [], kept)})
    assert work(lab)["b"].error == "ValueError: no"


# What a worker cannot import.


def local(function):
    function.__module__ = "__main__"
    return function


@local
def of_a_notebook():
    return "it ran"


UNKNOWN = {
    "a function": of_a_notebook,
    "its name": "__main__.of_a_notebook",
    "a partial": partial(of_a_notebook),
    "a method": type("Shop", (), {"charge": of_a_notebook, "__module__": "__main__"})().charge,
    "a class": type("Shop", (), {"__module__": "__main__"}),
}
REFUSED = "Functions from the __main__ module cannot be processed by workers"
ENQUEUE = {
    "workflow": lambda queue, task: enqueue_workflow(queue, {"a": (task, [])}),
    "a listed step": lambda queue, task: enqueue_workflow(
        queue, {"a": ([catch_final_failure, task], [])}
    ),
    "saga": lambda queue, task: enqueue_saga(queue, [(task, None)], run="A7"),
    "undo": lambda queue, task: enqueue_saga(queue, [(before, task)], run="A7"),
    "chord": lambda queue, task: enqueue_chord(queue, task, {"one": []}, after, run="night"),
    "then": lambda queue, task: enqueue_chord(queue, returns, {"one": []}, task, run="night"),
    "tree": lambda queue, task: enqueue_tree_fan_in(queue, task, [], "all"),
}


@pytest.mark.parametrize("task", UNKNOWN)
@pytest.mark.parametrize("helper", ENQUEUE)
def test_what_no_worker_can_import_is_refused_in_rqs_words(lab, queue, helper, task):
    with pytest.raises(ValueError, match=REFUSED):
        ENQUEUE[helper](queue, UNKNOWN[task])
    assert not lab.redis.keys("rq:job:*")


@pytest.mark.parametrize("task", UNKNOWN)
def test_arq_refuses_it_too(lab, task):
    with pytest.raises(ValueError, match=REFUSED):
        in_arq(lab, lambda pool: arq_workflow(pool, {"a": (UNKNOWN[task], [])}), run_step)
    assert not lab.redis.keys("*workflow*")


def test_a_task_of_the_classroom_is_named():
    assert named(returns) == "tests.endings.returns"
    assert named(part := partial(returns)) is part


# Serializers of ARQ.


@real
def test_a_pool_with_json_reads_what_it_wrote(real_lab):
    import asyncio

    from arq import Worker

    def dumps(value):
        return json.dumps(value, default=repr).encode()

    async def main():
        how = {"job_serializer": dumps, "job_deserializer": json.loads}
        pool = await create_pool(RedisSettings.from_dsn(real_lab.url), **how)
        worker = Worker(
            [run_step, *(chained(one) for one in (raises, returns))],
            redis_pool=pool,
            burst=True,
            poll_delay=0.01,
            handle_signals=False,
            **how,
        )
        await arq_workflow(pool, {"a": (returns, []), "b": (after, ["a"])}, run="night")
        await pool.enqueue_job("raises", _job_id="bad")
        await worker.main()
        again = await rerun_failed(pool, "bad")
        seen = endings.effects.copy()
        await worker.close()
        return seen, again

    seen, again = asyncio.run(main())
    assert sorted(seen) == ["after", "task", "task"] and again.job_id == "bad"


def test_orphans_are_enqueued_again_with_their_serializer(lab):
    queue = Queue(connection=lab.redis, serializer=JSONSerializer)
    queue.enqueue("tests.endings.returns", job_id="lost", meta={"by": "ada"})
    lab.redis.delete(queue.key)
    assert find_orphaned_jobs(lab.redis) == ["lost"]
    enqueue_again(lab.redis, ["lost"], JSONSerializer)
    work_in(queue)
    assert queue.finished_job_registry.get_job_ids() == ["lost"]


# Size.


def test_a_description_is_as_short_as_rqs_own(queue):
    made = enqueue_workflow(queue, {"a": (returns, [], {"args": ("x" * 200_000, "y" * 200_000)})})
    assert len(made["a"].description) < 250
    many = {f"part-{n}": (returns, []) for n in range(100)}
    made = enqueue_workflow(queue, {**many, "all": (after, [*many])}, run="night")
    assert len(made["all"].description) < 150


def test_a_chain_that_is_longer_than_pythons_stack_is_cancelled(queue):
    plan = {"0": (returns, [])} | {str(n): (after, [str(n - 1)]) for n in range(1, 200)}
    made = enqueue_workflow(queue, plan)
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 150)
    try:
        cancel_behind(made["0"])
    finally:
        sys.setrecursionlimit(usual)
    assert queue.canceled_job_registry.count == 199 and queue.deferred_job_registry.count == 0


# A plan that has changed.


def test_a_run_with_another_plan_is_refused_and_left_as_it_is(lab, queue):
    plan = {"a": (raises, []), "b": (after, ["a"])}
    enqueue_workflow(queue, plan, run="night")
    work(lab)
    for changed in (
        {**plan, "c": (after, ["b"])},
        {"a": (raises, []), "b": (after, [])},
        {"a": (returns, []), "b": (after, ["a"])},
    ):
        with pytest.raises(WorkflowError, match=r"night-(a|b|c)"):
            enqueue_workflow(queue, changed, run="night")
    assert work(lab).states == {"night-a": "failed", "night-b": "deferred"}
    assert not queue.fetch_job("night-c")


def test_an_id_of_another_run_is_not_taken_for_this_one(queue):
    enqueue_workflow(queue, {"b-c": (returns, [])}, run="a")
    with pytest.raises(WorkflowError, match="not a-b-c with"):
        enqueue_workflow(queue, {"c": (returns, [])}, run="a-b")


def test_a_run_that_has_partly_expired_is_refused(lab, queue):
    plan = {"a": (returns, []), "b": (raises, ["a"])}
    made = enqueue_workflow(queue, plan, run="night")
    work(lab)
    made["a"].delete()
    with pytest.raises(WorkflowError, match="not night-a with"):
        enqueue_workflow(queue, plan, run="night")


# A project of its own, with real workers.

TASKS = """
import asyncio, sys

def extract():
    return [1, 2]

async def add(numbers):
    return sum(numbers)

def exits():
    sys.exit(1)

def reserve(order):
    print("reserve", order, flush=True)

def release(order):
    print("release", order, flush=True)

def pay_by_invoice():
    return "invoice"

def collect(outcomes):
    return outcomes
"""
ENQUEUE_IN_RQ = """
import os
from datetime import datetime, timezone
from redis import Redis
from rq import Queue
from myshop import tasks
from myshop.advice.with_rq.audit import find_orphaned_jobs
from myshop.advice.with_rq.chord import enqueue_chord
from myshop.advice.with_rq.fallbacks import catch_final_failure, fallback_if_failed, retries_for
from myshop.advice.with_rq.health import health
from myshop.advice.with_rq.saga import enqueue_saga
from myshop.advice.with_rq.workflow import enqueue_workflow

queue = Queue("home", connection=Redis.from_url(os.environ["REDIS_URL"]), default_timeout=77)
enqueue_workflow(queue, {
    "extract": (tasks.extract, []),
    "add": (tasks.add, ["extract"]),
    "pay": ([catch_final_failure, tasks.exits], [], {"retry": retries_for(3)}),
    "paid": ([fallback_if_failed, tasks.pay_by_invoice], ["pay"]),
}, run="night")
enqueue_saga(queue, [(tasks.reserve, tasks.release), (tasks.exits_with, None)], "A7", run="A7")
enqueue_chord(queue, tasks.add, {"one": [[1, 2]], "two": [["x"]]}, tasks.collect, run="parts")
assert find_orphaned_jobs(queue.connection) == []
print(health(queue, datetime.now(timezone.utc))["waiting"])
"""


@real
def test_a_project_that_has_copied_the_helpers_runs_them_with_rq_worker(real_lab, tmp_path):
    shop = tmp_path / "myshop"
    for room in ("patterns", "with_rq"):
        shutil.copytree(lesson.PROJECT / "lesson_code" / room, shop / "advice" / room)
    (shop / "tasks.py").write_text(TASKS + "\ndef exits_with(order):\n    exits()\n")
    env = {**os.environ, "REDIS_URL": real_lab.url, "PYTHONPATH": ""}
    run = partial(subprocess.run, cwd=tmp_path, env=env, capture_output=True, text=True)
    enqueued = run([sys.executable, "-c", ENQUEUE_IN_RQ])
    assert enqueued.returncode == 0, enqueued.stderr
    assert enqueued.stdout.strip() == "5"  # what can run at once
    worker = [sys.executable, "-m", "rq.cli", "worker", "--burst", "--url", real_lab.url, "home"]
    worked = run([*worker, "--path", str(tmp_path)])
    assert worked.returncode == 0, worked.stderr
    queue = Queue("home", connection=real_lab.redis)

    def result(name):
        return queue.fetch_job(name).return_value()

    assert result("night-add") == 3 and result("night-paid") == "invoice"
    gave_up = {"gave up": "SystemExit: 1", "done": ["reserve"]}
    assert result("A7-undo-reserve") == gave_up
    told = [line for line in worked.stdout.splitlines() if line.startswith("re")]
    assert told == ["reserve A7", "release A7"]
    assert result("parts")["one"] == 3 and "gave up" in result("parts")["two"]
    names = ("night-add", "A7-exits_with", "parts")
    assert {queue.fetch_job(name).timeout for name in names} == {77}


IN_ARQ = """
import asyncio, os
from arq import create_pool, func
from arq.connections import RedisSettings
from myshop import tasks
from myshop.advice.with_arq.chaining import chained
from myshop.advice.with_arq.saga import saga
from myshop.advice.with_arq.workflow import enqueue_workflow, run_step

redis_settings = RedisSettings.from_dsn(os.environ["REDIS_URL"])

class Settings:
    functions = [
        run_step,
        chained(tasks.extract, then="add"),
        chained(tasks.add),
        *saga([(tasks.reserve, tasks.release), (tasks.exits_with, None)]),
    ]
    redis_settings = redis_settings

async def main():
    pool = await create_pool(redis_settings)
    await enqueue_workflow(
        pool, {"extract": (tasks.extract, []), "add": (tasks.add, ["extract"])}, run="night"
    )
    await pool.enqueue_job("saga", "A7", _job_id="order:7")
    await pool.enqueue_job("extract", _job_id="chain:1")

async def results():
    pool = await create_pool(redis_settings)
    return {info.job_id: repr(info.result) for info in await pool.all_job_results()}
"""


@real
def test_a_project_that_has_copied_the_helpers_runs_them_with_arq(real_lab, tmp_path):
    shop = tmp_path / "myshop"
    for room in ("patterns", "with_arq"):
        shutil.copytree(lesson.PROJECT / "lesson_code" / room, shop / "advice" / room)
    (shop / "tasks.py").write_text(TASKS + "\ndef exits_with(order):\n    exits()\n")
    (shop / "flows.py").write_text(IN_ARQ)
    env = {**os.environ, "REDIS_URL": real_lab.url, "PYTHONPATH": str(tmp_path)}
    run = partial(subprocess.run, cwd=tmp_path, env=env, capture_output=True, text=True)
    code = "import asyncio; from myshop import flows; asyncio.run(flows.main())"
    enqueued = run([sys.executable, "-c", code])
    assert enqueued.returncode == 0, enqueued.stderr
    worked = run([sys.executable, "-m", "arq", "myshop.flows.Settings", "--burst"])
    assert worked.returncode in (0, 1), worked.stderr  # 1: a job has failed
    code = "import asyncio; from myshop import flows; print(asyncio.run(flows.results()))"
    told = eval(run([sys.executable, "-c", code]).stdout)
    assert (told["night:add"], told["chain:1:add"]) == ("3", "3")
    assert told["order:7:exits_with"] == "TaskFailed('SystemExit: 1')"
    assert told["order:7:undo-reserve"] == "None"
    assert worked.stdout.split() == ["reserve", "A7", "release", "A7"]
