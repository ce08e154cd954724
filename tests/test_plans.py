"""A plan in one transaction: all of it or nothing, few round trips, run names; a repair."""

import asyncio
import time
from unittest.mock import patch

import pytest
from arq import Worker
from arq.jobs import Job as ArqJob
from redis.client import Pipeline
from rq import Queue, Retry
from rq.job import Dependency, Job, JobStatus

from lesson_code.lab import work, work_arq
from lesson_code.patterns.workflow import WorkflowError
from lesson_code.with_arq import workflow as arq_workflow
from lesson_code.with_arq.chaining import rerun_failed
from lesson_code.with_arq.saga import saga
from lesson_code.with_arq.together import enqueue_atomically as arq_together
from lesson_code.with_rq.chord import enqueue_chord
from lesson_code.with_rq.saga import enqueue_saga
from lesson_code.with_rq.workflow import enqueue_atomically, enqueue_workflow
from tests.jobs import add, fail, give
from tests.scenarios import in_arq
from tests.stories import first, join, second
from tests.trips import counted_trips

CHAIN = {"a": (first, []), "b": (second, ["a"])}
WIDE = {f"part-{n}": (first, []) for n in range(999)} | {
    "end": (join, [f"part-{n}" for n in range(999)])
}


def test_a_thousand_jobs_take_few_round_trips(queue):
    with counted_trips() as trips:
        enqueue_workflow(queue, WIDE)
    assert len(trips) <= 10, trips
    assert queue.count == 999 and queue.deferred_job_registry.count == 1


def test_a_thousand_jobs_take_few_round_trips_in_arq(lab):
    async def enqueue():
        pool = lab.arq()
        with counted_trips() as trips:
            await arq_workflow.enqueue_workflow(pool, WIDE)
        return len(trips), await pool.zcard(pool.default_queue_name)

    trips, waiting = asyncio.run(enqueue())
    assert trips <= 10 and waiting == 999


def test_a_step_of_a_workflow_takes_few_round_trips_in_arq(lab):
    steps = {f"part-{n}": (first, []) for n in range(50)} | {
        "end": (join, [f"part-{n}" for n in range(50)])
    }

    async def run():
        pool = lab.arq()
        options = {"burst": True, "handle_signals": False, "poll_delay": 0.01}
        await arq_workflow.enqueue_workflow(pool, steps)
        with counted_trips() as trips:
            await Worker([arq_workflow.run_step], redis_pool=pool, **options).main()
        return len(trips), await ArqJob("end", pool).result(timeout=60)

    trips, result = asyncio.run(run())
    assert trips <= 12 * 51 and result == "+".join("A" * 50)


def test_nothing_is_written_if_an_id_is_taken(queue):
    queue.enqueue(give, 1, job_id="b")
    jobs = [queue.create_job(give, (2,), job_id=name) for name in "ab"]
    assert enqueue_atomically(jobs) is False
    assert queue.get_job_ids() == ["b"]


def test_of_two_programs_that_write_the_same_plan_one_does(queue):
    jobs = [queue.create_job(give, (2,), job_id=name) for name in "ab"]
    really = Pipeline.multi

    def multi(pipeline):
        if not queue.count:
            queue.enqueue(give, 1, job_id="a")  # the other one is faster
        really(pipeline)

    with patch.object(Pipeline, "multi", multi):
        assert enqueue_atomically(jobs) is False
    assert queue.get_job_ids() == ["a"]


def test_a_job_outside_of_the_plan_is_refused(queue):
    before = queue.enqueue(give, 1, job_id="before")
    job = queue.create_job(give, (2,), depends_on=before, job_id="job")
    with pytest.raises(ValueError, match="job waits for before: not in this plan"):
        enqueue_atomically([job])


def test_each_run_has_its_own_jobs(lab, queue):
    for day in ("monday", "tuesday"):
        jobs = enqueue_workflow(queue, CHAIN, run=day)
    assert {name: job.id for name, job in jobs.items()} == {"a": "tuesday-a", "b": "tuesday-b"}
    assert jobs["b"].meta == {"run": "tuesday"}
    assert sorted(work(lab).states) == ["monday-a", "monday-b", "tuesday-a", "tuesday-b"]


def test_to_enqueue_a_run_again_resumes_it(lab, queue):
    steps = {"a": (first, []), "b": ([fail], ["a"]), "c": (give, ["b"])}
    for order in (["x-a", "x-b"], ["x-b"]):
        enqueue_workflow(queue, steps, run="x")
        assert work(lab).order[-len(order) :] == order
    assert Job.fetch("x-c", queue.connection).get_status() == JobStatus.DEFERRED


def test_what_a_dashboard_shows_is_the_task_and_its_parents(queue):
    jobs = enqueue_workflow(queue, CHAIN | {"sum": (add, [], {"args": (1, 2)})})
    assert jobs["b"].description == "tests.stories.second(a)"
    assert jobs["sum"].description == "tests.jobs.add(1, 2)"


def test_a_step_may_be_of_another_queue_and_have_a_plan_of_its_own(lab, queue):
    options = {"queue": "low", "timeout": 7, "retry": Retry(max=3), "meta": {"asked by": "Ann"}}
    steps = {"a": (first, []), "b": (second, ["a"], options)}
    job = enqueue_workflow(queue, steps, run="x")["b"]
    assert (job.origin, job.timeout, job.retries_left) == ("low", 7, 3)
    assert job.meta == {"run": "x", "asked by": "Ann"}
    assert job.id in Queue("low", queue.connection).deferred_job_registry
    assert work(lab)["x-b"].result == "AB"


def test_a_task_without_a_name_is_refused_before_anything_is_enqueued(queue):
    with pytest.raises(ValueError, match="a worker imports a function by its name"):
        enqueue_workflow(queue, {"a": (first, []), "b": (lambda text: text, ["a"])})
    with pytest.raises(WorkflowError):
        enqueue_workflow(queue, {"a": (first, ["z"])})
    assert queue.count == 0


def test_an_empty_plan_is_none(lab, queue):
    assert enqueue_workflow(queue, {}) == {}
    in_arq(lab, lambda pool: arq_workflow.enqueue_workflow(pool, {}), arq_workflow.run_step)


def test_a_job_that_gave_up_cannot_be_requeued_and_one_that_failed_can(lab, queue):
    """FACTS: `fallback_if_failed` behind a failed job does not hold when that is requeued."""
    bad = queue.create_job(fail, job_id="bad")
    guard = {"depends_on": Dependency(bad, allow_failure=True), "job_id": "job"}
    enqueue_atomically([bad, queue.create_job(give, (1,), **guard)])
    work(lab)
    bad.requeue()
    assert work(lab).states == {"bad": "failed", "job": "finished"}


def test_nothing_to_do_is_done(lab, queue):
    assert enqueue_atomically([]) is True
    assert enqueue_chord(queue, give, {}, dict, run="night")
    assert work(lab)["night"].result == {}


def test_two_steps_of_a_saga_of_one_name_are_refused(queue):
    steps = [(give, fail), (give, fail)]
    with pytest.raises(ValueError, match="the same name: give"):
        enqueue_saga(queue, steps, run="x")
    with pytest.raises(ValueError, match="the same name: give"):
        saga(steps)
    with pytest.raises(ValueError, match="a step is a function of a module"):
        enqueue_saga(queue, [(time.sleep, None)], run="x")


def test_two_steps_may_be_undone_by_the_same_task(lab, queue):
    enqueue_saga(queue, [(give, add), (add, add), (fail, None)], 0, run="x")
    run = work(lab)
    assert run["x-undo-give"].result["done"] == ["give", "add"]
    assert run.order[-2:] == ["x-undo-add", "x-undo-give"]


def test_parts_that_are_enqueued_again_change_nothing(lab, queue):
    parts = {name: [name] for name in "ab"}
    assert enqueue_chord(queue, give, parts, dict, run="night")
    assert not enqueue_chord(queue, give, parts, dict, run="night")
    run = work(lab)
    assert sorted(run.order) == ["night", "night-a", "night-b"]
    assert run["night"].result == {"a": "a", "b": "b"}
    queue.enqueue_job(queue.fetch_job("night-b"))  # as RQ may do after a crash
    assert work(lab).order == ["night-b"]


# ARQ


async def shaky(ctx: dict, text: str) -> str:
    if not await ctx["redis"].get("mended"):
        raise ValueError(text)
    return text


class Settings:
    functions = (shaky,)


def repair(lab, *, crash: bool, operators: int):
    async def run():
        pool = lab.arq()
        await pool.enqueue_job("shaky", "x", _job_id="job")
        await work_arq(pool, Settings)
        await pool.set("mended", 1)
        if crash:
            with (
                patch.object(pool, "enqueue_job", side_effect=ConnectionError),
                pytest.raises(ConnectionError),
            ):
                await rerun_failed(pool, "job")
        await asyncio.gather(*(rerun_failed(pool, "job") for _ in range(operators)))
        run = await work_arq(pool, Settings)
        keys = await pool.keys("*aside*")
        with pytest.raises(LookupError):
            await rerun_failed(pool, "job")
        return run, await ArqJob("job", pool).result(timeout=60), keys

    return asyncio.run(run())


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("operators", [1, 3])
def test_a_repair_loses_nothing_and_runs_the_job_once(lab, crash, operators):
    run, result, keys = repair(lab, crash=crash, operators=operators)
    assert run.order.count("job") == 1 and result == "x" and keys == []


def test_ids_that_are_taken_are_left_alone_in_arq(lab):
    async def enqueue():
        pool = lab.arq()
        await pool.enqueue_job("shaky", "old", _job_id="a")
        free = await arq_together(pool, {"a": ("shaky", "new"), "b": ("shaky", "new")})
        return (
            free,
            await arq_together(pool, {}),
            sorted(job.args for job in await pool.queued_jobs()),
        )

    assert asyncio.run(enqueue()) == (["b"], [], [("new",), ("old",)])
