"""Every helper of `with_rq` works with JSON, too: tasks are handed on by their names."""

from datetime import UTC, datetime

import pytest
from rq import Queue, Retry, SimpleWorker
from rq.job import Dependency, Job
from rq.serializers import JSONSerializer

from lesson_code.patterns.tasks import named
from lesson_code.with_rq.chaining import pass_results
from lesson_code.with_rq.chord import enqueue_chord
from lesson_code.with_rq.fallbacks import (
    cancel_behind,
    catch_final_failure,
    enqueue_missed_dependents,
    enqueue_undo,
    fallback_if_failed,
)
from lesson_code.with_rq.health import health
from lesson_code.with_rq.parallel import enqueue_tree_fan_in, pass_available_results
from lesson_code.with_rq.saga import enqueue_saga
from lesson_code.with_rq.workflow import enqueue_workflow
from tests.jobs import add, fail, give
from tests.recipes import add_up, first, invoice, join, refund, refuse, second, weigh

ONCE_MORE = {"retry": Retry(max=2)}


@pytest.fixture
def queue(lab):
    return Queue(connection=lab.redis, serializer=JSONSerializer)


def work(queue: Queue) -> dict:
    """Let a worker work that knows only JSON; return what the jobs return that have finished."""
    worker = SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")
    ids = queue.finished_job_registry.get_job_ids()
    jobs = Job.fetch_many(ids, queue.connection, serializer=JSONSerializer)
    return {job.id: job.return_value() for job in jobs}


def test_a_function_as_an_argument_does_not_fit_into_json(queue):
    with pytest.raises(TypeError, match="function is not JSON serializable"):
        queue.enqueue(pass_results, second)


def test_a_name_does(queue):
    job = queue.enqueue(first, job_id="a")
    queue.enqueue(pass_results, named(second), depends_on=job, job_id="b")
    assert work(queue) == {"a": "A", "b": "AB"}


def test_a_workflow_with_a_fallback_and_a_gap(queue):
    steps = {
        "charge": ([catch_final_failure, refuse], [], ONCE_MORE),
        "payment": ([fallback_if_failed, invoice], ["charge"]),
        "bad": (fail, []),
        "good": (first, []),
        "some": (join, ["bad", "good"], {"allow_failure": True}),
        "sum": (add, [], {"args": [1, 2]}),
    }
    enqueue_workflow(queue, steps, run="monday")
    assert work(queue) == {
        "monday-charge": {"gave up": "Refused: no"},
        "monday-payment": "invoice",
        "monday-good": "A",
        "monday-some": {"result": "A", "missing": ["monday-bad"]},
        "monday-sum": 3,
    }


def test_a_saga(queue):
    enqueue_saga(queue, [(first, refund), (refuse, None)], run="trip")
    told = work(queue)["trip-undo-first"]
    assert told == {"gave up": "Refused: no", "done": ["first"]}


def test_parts_that_count_down(queue):
    enqueue_chord(queue, weigh, {name: [name] for name in "abc"}, add_up, run="night")
    assert work(queue)["night"] == ["a", "b", "c"]


def test_a_tree_and_undoing(queue):
    parts = [queue.enqueue(first, job_id=name) for name in "abc"]
    enqueue_tree_fan_in(queue, join, parts, job_id="all", width=2)
    bad = queue.enqueue(fail, job_id="bad")
    guard = {"depends_on": Dependency(bad, allow_failure=True), "job_id": "guard"}
    queue.enqueue(fallback_if_failed, named(enqueue_undo), [named(refund)], **guard)
    done = work(queue)
    assert done["all"] == "A+A+A" and "guard-refund" in done


def test_parts_that_have_failed_are_left_out(queue):
    parts = [queue.enqueue(give, 1, job_id="one"), queue.enqueue(fail, job_id="two")]
    after = Dependency(parts, allow_failure=True)
    queue.enqueue(pass_available_results, named(add), 2, depends_on=after, job_id="sum")
    assert work(queue)["sum"] == {"result": 3, "missing": ["two"]}


def test_the_health_of_a_queue_with_one_behind_a_failure(queue):
    bad = queue.enqueue(fail, job_id="bad")
    queue.enqueue(give, 1, depends_on=bad, job_id="behind")
    work(queue)
    told = health(queue, datetime.now(UTC))
    assert (told["failed"], told["stranded"]) == (1, 1)


def test_what_waits_for_a_failure_is_woken_or_cancelled(queue):
    bad = queue.enqueue(fail, job_id="bad")
    work(queue)
    either = Dependency(bad, allow_failure=True)
    late = queue.enqueue(give, 1, depends_on=either, job_id="late")
    queue.enqueue(give, 1, depends_on=late, job_id="later")
    cancel_behind(late)
    enqueue_missed_dependents(queue)
    assert work(queue)["late"] == 1
    assert queue.fetch_job("later").is_canceled


def test_who_works_on_parts_and_on_a_saga_may_be_tried_again(queue):
    """Three tries, and two retries for a crash; the last job of a chord has three."""
    steps = enqueue_saga(queue, [(first, refund)], run="trip")
    assert {job.retries_left for job in steps.values()} == {4}
    enqueue_chord(queue, weigh, {"a": ["a"]}, add_up, run="night")
    SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(
        burst=True, max_jobs=3, logging_level="CRITICAL"
    )
    assert queue.fetch_job("night").retries_left == 3


@pytest.mark.parametrize(("died", "done"), [(True, ["refuse"]), (False, [])])
def test_a_step_of_a_saga_in_which_a_worker_has_died_is_undone_too(queue, died, done):
    step = enqueue_saga(queue, [(refuse, refund)], run="trip")["refuse"]
    step.meta["trying"] = died  # as a worker leaves it that crashes in the step
    step.save_meta()
    assert work(queue)["trip-undo-refuse"] == {"gave up": "Refused: no", "done": done}


def test_a_step_of_a_saga_notes_that_it_begins(queue):
    enqueue_saga(queue, [(first, refund)], run="trip")
    work(queue)
    assert queue.fetch_job("trip-first").meta["trying"] is True
