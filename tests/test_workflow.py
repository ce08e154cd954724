"""A workflow is checked before it is enqueued; in ARQ each step can safely run twice."""

import asyncio
from functools import partial
from itertools import pairwise

import pytest
from arq import func
from hypothesis import given, settings
from hypothesis import strategies as st

from lesson_code.patterns.workflow import WorkflowError, in_order
from lesson_code.with_arq.workflow import enqueue_workflow, run_step
from lesson_code.with_rq import workflow as with_rq
from tests import scenarios
from tests.scenarios import fates, in_arq, misdeeds, told, workflow

# d waits for two, e for all: many moments at which a worker may die
KITE = {"a": [], "b": ["a"], "c": ["a"], "d": ["c", "b"], "e": ["d", "a", "b", "c"]}

REFUSED = {
    "three in a circle": (
        {"first": [], "a": ["first", "c"], "b": ["a"], "c": ["b"]},
        "a cycle: a → b → c → a",
    ),
    "a step that waits for itself": ({"first": [], "a": ["a"]}, "a cycle: a → a"),
    "a parent that is no step": (
        {"first": [], "a": ["frist"]},
        "'a' waits for 'frist', no step of: first, a",
    ),
}


@pytest.fixture(autouse=True)
def all_is_well():
    scenarios.begin(set())


@pytest.mark.parametrize(("parents", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_run_is_refused_and_nothing_is_enqueued(lab, queue, parents, why):
    steps, before = workflow(parents), lab.redis.keys()
    with pytest.raises(WorkflowError) as in_rq:
        with_rq.enqueue_workflow(queue, steps)
    with pytest.raises(WorkflowError) as as_in_arq:
        in_arq(lab, partial(enqueue_workflow, steps=steps), run_step)
    assert str(in_rq.value) == str(as_in_arq.value) == why
    assert lab.redis.keys() == before


@settings(derandomize=True, database=None, deadline=None)
@given(st.permutations("abcdefgh"), st.data())
def test_one_way_back_makes_any_workflow_a_cycle(order, data):
    chain = {step: [before] for before, step in pairwise(order)}
    steps = workflow({order[0]: [], **dict(data.draw(st.permutations(list(chain.items()))))})
    assert in_order(steps) == order

    last = data.draw(st.sampled_from(order))
    first = data.draw(st.sampled_from(order[: order.index(last) + 1]))
    task, parents = steps[first]
    with pytest.raises(WorkflowError) as refused:
        in_order({**steps, first: (task, [*parents, last])})
    circle = str(refused.value).removeprefix("a cycle: ").split(" → ")
    assert circle[0] == circle[-1]
    assert set(circle) == set(order[order.index(first) : order.index(last) + 1])


def test_the_jobs_come_by_name_and_wait_for_each_other(queue):
    jobs = with_rq.enqueue_workflow(queue, workflow(KITE))
    assert {name: job.id for name, job in jobs.items()} == {name: name for name in KITE}
    assert {name: job._dependency_ids for name, job in jobs.items()} == KITE


async def pause(*results):
    await asyncio.sleep(0)
    return [*results, "paused"]


def test_a_coroutine_and_a_plain_function_may_both_be_tasks_in_arq(lab):
    steps = {"one": (pause, []), "two": (str, ["one"])}
    run = in_arq(lab, partial(enqueue_workflow, steps=steps), run_step)
    assert told(run) == {"one": ["paused"], "two": "['paused']"}


class Dying:
    """A Redis client whose worker crashes when it wants to send one command more."""

    def __init__(self, redis, commands: int):
        self.redis, self.commands = redis, commands

    def __getattr__(self, name):
        if name in ("job_serializer", "job_deserializer"):  # no commands
            return getattr(self.redis, name)
        if not self.commands:
            raise asyncio.CancelledError  # so ARQ stops a job; it runs it again later
        self.commands -= 1
        return getattr(self.redis, name)


async def run_dying_step(ctx, name):
    """Try number 1 crashes before its first command to Redis, number 2 before its second, ..."""
    return await run_step({**ctx, "redis": Dying(ctx["redis"], ctx["job_try"] - 1)}, name)


def test_a_worker_may_die_at_each_moment_and_all_is_done_and_in_order(lab):
    steps = partial(enqueue_workflow, steps=workflow(KITE))
    run = in_arq(lab, steps, func(run_dying_step, name="run_step", max_tries=100))
    assert told(run) == fates(KITE, set())
    assert run.order.count("a") > 4  # so often it died
    # of these crashes only one is between the end of the task and the note of its result
    assert {step: scenarios.times(step) for step in KITE} == dict.fromkeys(KITE, 2)


def test_a_step_that_is_run_again_when_all_is_done_does_nothing(lab):
    in_arq(lab, partial(enqueue_workflow, steps=workflow(KITE)), run_step)

    async def again(pool):
        for step in KITE:
            await pool.enqueue_job("run_step", step, _job_id=f"{step}-again")

    run = in_arq(lab, again, run_step)
    assert sorted(run.order) == [f"{step}-again" for step in KITE]
    assert {job.id: job.result for job in run.jobs if "again" in job.id} == {
        f"{step}-again": result for step, result in fates(KITE, set()).items()
    }
    assert misdeeds(KITE) == []


@pytest.mark.parametrize("kept", [3600, 0], ids=["soon", "when ARQ has forgotten the results"])
def test_to_enqueue_a_workflow_again_runs_only_what_is_missing(lab, kept):
    step = func(run_step, keep_result=kept)
    in_arq(lab, partial(enqueue_workflow, steps=workflow({"a": [], "b": ["a"]})), step)
    run = in_arq(lab, partial(enqueue_workflow, steps=workflow(KITE)), step)
    assert sorted(run.order) == ["c", "d", "e"]
    assert {name: scenarios.times(name) for name in KITE} == dict.fromkeys(KITE, 1)


def test_a_step_that_waits_for_less_when_it_is_enqueued_again_waits_for_no_more(lab):
    scenarios.break_only({"a"})
    in_arq(lab, partial(enqueue_workflow, steps=workflow({"a": [], "b": ["a"]})), run_step)
    run = in_arq(lab, partial(enqueue_workflow, steps=workflow({"a": [], "b": []})), run_step)
    assert told(run) == {"a": "ValueError: a is broken", "b": "b()"}


def test_to_enqueue_a_workflow_twice_at_once_runs_each_step_once(lab):
    async def twice(pool):
        await asyncio.gather(*(enqueue_workflow(pool, workflow(KITE)) for _ in range(2)))

    run = in_arq(lab, twice, run_step)
    assert sorted(run.order) == sorted(KITE) and misdeeds(KITE) == []


def test_a_workflow_that_redis_has_forgotten_is_a_clear_error(lab):
    async def forget(pool):
        await enqueue_workflow(pool, workflow({"a": []}))
        await pool.delete("workflow:a")

    run = in_arq(lab, forget, run_step)
    assert told(run) == {"a": "WorkflowError: Redis has no plan of 'a', or no longer"}
    assert scenarios.times("a") == 0


def test_what_arq_needs_for_a_workflow_does_not_stay_for_ever(lab):
    in_arq(lab, partial(enqueue_workflow, steps=workflow(KITE)), run_step)
    keys = lab.redis.keys("workflow:*")
    assert len(keys) == len(KITE)
    assert all(0 < lab.redis.ttl(key) <= 24 * 60 * 60 for key in keys)


def test_nor_does_it_when_no_worker_ever_comes(lab):
    async def enqueue() -> None:
        await enqueue_workflow(lab.arq(), workflow(KITE))

    asyncio.run(enqueue())
    keys = lab.redis.keys("workflow:*")
    assert len(keys) == len(KITE) + 4  # and what each step but the first waits for
    assert all(0 < lab.redis.ttl(key) <= 24 * 60 * 60 for key in keys)


def test_a_run_has_its_name_in_all_ids(lab):
    run = in_arq(lab, partial(enqueue_workflow, steps=workflow({"a": []}), run="monday"), run_step)
    assert run.order == ["monday:a"]


def test_a_result_that_redis_has_forgotten_is_told_with_the_name_of_its_step(lab):
    async def forget(pool):
        await enqueue_workflow(pool, workflow({"a": [], "b": ["a"]}))
        await pool.delete("arq:job:a")  # a never runs
        await pool.enqueue_job("run_step", "b", _job_id="b")

    assert told(in_arq(lab, forget, run_step))["b"] == (
        "WorkflowError: Redis has no result of 'a', or no longer"
    )
