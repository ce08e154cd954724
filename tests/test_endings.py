"""Whatever way a task ends in, each helper says so and acts on it: kinds × helpers × engines."""

import asyncio

import pytest
from arq import func
from arq.worker import Function
from rq import Retry

from lesson_code.lab import work
from lesson_code.patterns.checkpoints import InDatabase, run_steps
from lesson_code.patterns.once import once
from lesson_code.with_arq import checkpoints as arq_checkpoints
from lesson_code.with_arq.chaining import chained
from lesson_code.with_arq.parallel import complete_part, outcomes, register_parts
from lesson_code.with_arq.retries import retry_or_raise
from lesson_code.with_arq.saga import saga
from lesson_code.with_arq.workflow import enqueue_workflow as arq_workflow
from lesson_code.with_arq.workflow import run_step
from lesson_code.with_rq.chaining import pass_results
from lesson_code.with_rq.chord import enqueue_chord
from lesson_code.with_rq.fallbacks import catch_final_failure, fallback_if_failed, retries_for
from lesson_code.with_rq.parallel import enqueue_tree_fan_in, pass_available_results
from lesson_code.with_rq.retries import retry_on
from lesson_code.with_rq.saga import enqueue_saga
from lesson_code.with_rq.workflow import enqueue_workflow
from tests import endings
from tests.endings import (
    after,
    before,
    exits,
    fallback,
    is_cancelled,
    raises,
    raises_arqs_retry,
    raises_later,
    raises_unreadable,
    returns,
    returns_later,
    returns_no_json,
    returns_retry,
    returns_what_nobody_can_store,
    takes_too_long,
    times_out,
    undo,
    undo_before,
)
from tests.scenarios import in_arq

WELL = [returns, returns_later]
BADLY = [raises, raises_later, raises_unreadable, exits, is_cancelled]
TRIES = 2


@pytest.fixture(autouse=True)
def no_effects_yet():
    endings.effects.clear()


def times(name: str) -> int:
    return endings.effects.count(name)


# RQ: each function enqueues the task behind the helper, and works. It returns how the job ended,
# and what the rest of the plan made of it.


def behind_pass_results(queue, task):
    queue.enqueue(pass_results, task, job_id="job")
    return ["job"]


def behind_pass_available_results(queue, task):
    queue.enqueue(pass_available_results, task, job_id="job")
    return ["job"]


def behind_retry_on(queue, task):
    queue.enqueue(retry_on, OSError, task, job_id="job", retry=Retry(max=5))
    return ["job"]


def in_a_tree(queue, task):
    part = queue.enqueue(before, job_id="part")
    enqueue_tree_fan_in(queue, task, [part], "job")
    return ["job"]


def in_a_workflow(queue, task):
    enqueue_workflow(queue, {"job": (task, [])})
    return ["job"]


def as_an_allowed_step(queue, task):
    enqueue_workflow(queue, {"a": (before, []), "job": (task, ["a"], {"allow_failure": True})})
    return ["job"]


PLAIN = [
    *(behind_pass_results, behind_pass_available_results, behind_retry_on),
    *(in_a_tree, in_a_workflow, as_an_allowed_step),
]
ONCE = {  # a helper that asks for no retries has what RQ has: one try, and the job tells its end
    **dict.fromkeys([*WELL, returns_no_json, returns_what_nobody_can_store], ("finished", 1)),
    **dict.fromkeys([*BADLY, times_out], ("failed", 1)),
    returns_retry: ("failed", 4),  # RQ's own retries: Retry(max=3)
}


@pytest.mark.parametrize("helper", PLAIN)
@pytest.mark.parametrize("task", ONCE)
def test_a_job_ends_as_its_task_does(lab, queue, helper, task):
    (name,) = helper(queue, task)
    assert (work(lab)[name].state, times("task")) == ONCE[task]


GIVES_UP = {  # the tries that a task has, and whether the fallback runs
    **dict.fromkeys([*WELL, returns_no_json], (1, False)),
    **dict.fromkeys([*BADLY, times_out, returns_retry], (TRIES, True)),
    returns_what_nobody_can_store: (1, False),  # it has had its effect, so it is no failure
}


@pytest.mark.parametrize("task", GIVES_UP)
def test_a_fallback_runs_when_its_task_gives_up_in_whichever_way(lab, queue, task):
    steps = {
        "job": ([catch_final_failure, task], [], {"retry": retries_for(TRIES)}),
        "paid": ([fallback_if_failed, fallback], ["job"]),
        "end": (after, ["paid"]),
    }
    steps["job"][2]["kwargs"] = {"tries": TRIES}
    enqueue_workflow(queue, steps)
    run = work(lab)
    assert (times("task"), times("fallback") == 1) == GIVES_UP[task]
    if task is returns_what_nobody_can_store:
        error = "ResultMissing: paid needs the result of job: it could not be stored"
        assert run["paid"].error == error and times("after") == 0
    else:
        assert run.states == dict.fromkeys(steps, "finished") and times("after") == 1


@pytest.mark.parametrize("task", [*GIVES_UP])
def test_a_chord_closes_whatever_becomes_of_a_part(lab, queue, task):
    enqueue_chord(queue, task, {"one": [], "two": []}, after, run="night", tries=TRIES)
    run = work(lab)
    tries, gave_up = GIVES_UP[task]
    no_json = task in (returns_no_json, returns_what_nobody_can_store)
    assert times("task") == 2 * (1 if no_json else tries) and times("after") == 1
    (outcome,) = run["night"].result
    assert ["gave up" in one for one in outcome.values()] == [gave_up or no_json] * 2


@pytest.mark.parametrize("task", GIVES_UP)
def test_a_saga_undoes_what_was_done_in_whichever_way_a_step_fails(lab, queue, task):
    enqueue_saga(queue, [(before, undo_before), (task, undo), (after, None)], run="A7", tries=TRIES)
    run = work(lab)
    tries, undone = GIVES_UP[task]
    assert {*run.states.values()} == {"finished"}
    unsure = ["undo"] if task is times_out else []  # a time limit may end it after its effect
    rest = [*unsure, "undo before"] if undone else ["after"]
    assert endings.effects == ["before", *["task"] * tries, *rest]


@pytest.mark.parametrize("task", [*WELL, returns_no_json, returns_what_nobody_can_store])
def test_an_undo_step_may_end_well_in_each_way(lab, queue, task):
    enqueue_saga(queue, [(before, undo_before), (after, task), (raises, None)], run="A7", tries=1)
    assert {*work(lab).states.values()} == {"finished"}
    assert endings.effects == ["before", "after", "task", "task", "undo before"]


@pytest.mark.parametrize("task", [*BADLY, times_out])
def test_an_undo_step_that_fails_is_seen_and_stops_the_rest(lab, queue, task):
    enqueue_saga(queue, [(before, undo_before), (after, task), (raises, None)], run="A7", tries=1)
    states = work(lab).states
    assert (states["A7-undo-after"], states["A7-undo-before"]) == ("failed", "deferred")


# ARQ.


async def nothing(ctx, *given):
    endings.note("next")


ARQ_WELL = [*WELL, returns_no_json]
ARQ_BADLY = [raises, raises_later, raises_unreadable, exits, times_out]
ARQ_ENDS = {
    **dict.fromkeys(ARQ_WELL, ("complete", 1)),
    **dict.fromkeys(ARQ_BADLY, ("complete, failed", 1)),
    returns_what_nobody_can_store: ("complete, failed", 1),
    raises_arqs_retry: ("complete, failed", 3),  # max_tries
    takes_too_long: ("complete, failed", 1),
}


def in_a_chain(task) -> tuple[str, list[Function]]:
    name = task.__name__
    first, last = chained(task, then="nothing"), func(nothing)
    return name, [func(first.coroutine, name=name, timeout=0.1, max_tries=3), last]


@pytest.mark.parametrize("task", ARQ_ENDS)
def test_a_chained_step_ends_as_its_task_does_and_the_worker_goes_on(lab, task):
    name, functions = in_a_chain(task)

    async def enqueue(pool):
        await pool.enqueue_job(name, _job_id="job")
        await pool.enqueue_job("nothing", _job_id="other")

    run = in_arq(lab, enqueue, *functions)
    assert (run["job"].state, times("task")) == ARQ_ENDS[task]
    assert run["other"].state == "complete" and times("next") == 1 + (task in ARQ_WELL)


@pytest.mark.parametrize("task", ARQ_ENDS)
def test_a_step_of_a_workflow_ends_as_its_task_does(lab, task):
    async def enqueue(pool):
        await arq_workflow(pool, {"job": (task, []), "end": (after, ["job"])})

    run = in_arq(lab, enqueue, func(run_step, timeout=0.1, max_tries=3))
    assert (run["job"].state, times("task")) == ARQ_ENDS[task]
    assert times("after") == (task in ARQ_WELL)


ARQ_UNDOES = {
    **dict.fromkeys([*ARQ_WELL, returns_what_nobody_can_store], (1, False)),
    **dict.fromkeys([*ARQ_BADLY, takes_too_long], (1, True)),
    raises_arqs_retry: (3, True),
}


@pytest.mark.parametrize("task", ARQ_UNDOES)
def test_a_saga_of_arq_undoes_in_whichever_way_a_step_fails(lab, task):
    steps = [(before, undo_before), (task, undo), (after, None)]
    functions = saga(steps, timeout=0.1, tries=3)
    in_arq(lab, lambda pool: pool.enqueue_job("saga", _job_id="A7"), *functions)
    tries, undone = ARQ_UNDOES[task]
    unsure = ["undo"] if task is takes_too_long else []
    rest = [*unsure, "undo before"] if undone else ["after"]
    assert endings.effects == ["before", *["task"] * tries, *rest]


@pytest.mark.parametrize("task", [*ARQ_WELL, returns_what_nobody_can_store])
def test_an_undo_step_of_arq_may_end_well_in_each_way(lab, task):
    functions = saga([(before, undo_before), (after, task), (raises, None)])
    in_arq(lab, lambda pool: pool.enqueue_job("saga", _job_id="A7"), *functions)
    assert endings.effects == ["before", "after", "task", "task", "undo before"]


@pytest.mark.parametrize("task", [*ARQ_BADLY, raises_arqs_retry])
def test_an_undo_step_of_arq_is_tried_again_and_its_failure_is_seen(lab, task):
    functions = saga([(before, undo_before), (after, task), (raises, None)], tries=2)
    run = in_arq(lab, lambda pool: pool.enqueue_job("saga", _job_id="A7"), *functions)
    assert run["A7:undo-after"].state == "complete, failed"
    assert endings.effects == ["before", "after", "task", "task", "task"]


@pytest.mark.parametrize("outcome", ["done", {1, 2}, endings.threading.Lock()])
def test_a_part_of_arq_is_closed_whatever_its_outcome(lab, outcome):
    async def main():
        pool = lab.arq()
        await register_parts(pool, "night", ["one"])
        left = await complete_part(pool, "night", "one", outcome)
        kept = await outcomes(pool, "night")
        await pool.aclose()
        return left, kept["one"]

    left, kept = asyncio.run(main())
    assert left == 0
    assert kept == "done" if outcome == "done" else "TypeError" in kept["gave up"]


@pytest.mark.parametrize(
    "error", [ValueError("no"), endings.Unreadable(7, "no"), endings.ArqRetry()]
)
def test_the_last_try_ends_with_an_error_that_can_be_read(error):
    last = retry_or_raise({"job_try": 3}, error, tries=3)
    assert not isinstance(last, endings.ArqRetry)
    assert (last is error) == (type(error) is ValueError)


# Without a queue.


@pytest.mark.parametrize("task", WELL)
def test_a_pattern_takes_plain_and_coroutine_functions(tmp_path, lab, task):
    file = str(tmp_path / "shop.db")
    assert once(file, "key", task) == once(file, "key", task) == "done" and times("task") == 1
    checkpoints = InDatabase(file, "run")
    for _ in range(2):
        assert run_steps(["step"], task, checkpoints) == {"step": "done"}
    assert times("task") == 2

    async def in_redis():
        pool = lab.arq()
        for _ in range(2):
            steps = await arq_checkpoints.run_steps(["step"], task, pool, "run")
            assert steps == {"step": "done"}
        await pool.aclose()

    asyncio.run(in_redis())
    assert times("task") == 3


def test_the_table_knows_every_way():
    ways = {
        one for name, one in vars(endings).items() if callable(one) and hasattr(one, "__code__")
    }
    around = {before, undo_before, undo, after, fallback, endings.note}
    rq = {*ONCE} & {*GIVES_UP}
    arq = {*ARQ_ENDS} & {*ARQ_UNDOES}
    assert rq == ways - around - {raises_arqs_retry, takes_too_long}
    assert arq == ways - around - {returns_retry, is_cancelled}
