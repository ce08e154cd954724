"""A job without an id of its own is named after its task, also when a helper calls the task."""

import asyncio

import pytest
from rq import Queue

from lesson_code.lab import job_graph, timeline, work, work_arq
from lesson_code.lab.engines.rq import read_run
from lesson_code.with_rq.chaining import pass_results
from lesson_code.with_rq.chord import run_part
from lesson_code.with_rq.fallbacks import catch_final_failure, fallback_if_failed
from lesson_code.with_rq.parallel import pass_available_results
from lesson_code.with_rq.saga import back, forward
from tests import jobs, unreadable

HELPERS = {  # the helper, with its arguments: "give" is the task
    "pass_results": (pass_results, jobs.give),
    "pass_available_results": (pass_available_results, jobs.give),
    "catch_final_failure": (catch_final_failure, jobs.give, 1),
    "fallback_if_failed": (fallback_if_failed, jobs.give),
    "forward": (forward, jobs.give, "step", 3),
    "back": (back, jobs.give, "step", 3),
    "run_part": (run_part, "part", "run", 2, "tests.jobs.add", 3, "tests.jobs.give", 1),
    "no helper": (jobs.give, "tests.jobs.add"),
    "by its path": ("tests.jobs.give", 1),
}


@pytest.mark.parametrize("helper", HELPERS)
def test_a_job_is_named_after_the_task_not_the_helper(lab, queue, helper):
    call = HELPERS[helper]
    for _ in range(2):
        queue.enqueue(*call)
    run = read_run(lab.redis)
    assert [*run.names.values()] == ["give", "give 2"]
    assert {job.task for job in run.jobs} == {"give"}


def test_a_text_that_names_no_function_is_no_task(lab, queue):
    queue.enqueue(remind, "buy.milk")
    assert [*read_run(lab.redis).names.values()] == ["remind"]


def remind(task: str) -> None:
    """A task of a learner's own with that parameter."""


def test_a_helper_with_wrong_arguments_is_named_as_what_it_is(lab, queue):
    queue.enqueue(pass_results)
    assert [*read_run(lab.redis).names.values()] == ["pass_results"]


def test_pictures_of_a_run_hold_no_made_up_id(lab, queue):
    first = queue.enqueue(jobs.give, 1)
    queue.enqueue(pass_results, jobs.give, depends_on=first)
    queue.enqueue(jobs.fail)
    run = work(lab, workers=2)
    assert [*run.names.values()] == ["give", "give 2", "fail"]
    for picture in (job_graph(run), timeline(run), timeline(run, by="row")):
        told = f"{picture.svg} {picture.text} {picture.notes}"
        assert not any(job.id[:4] in told for job in run.jobs)
    assert "give 2  ✓ finished  after give" in str(job_graph(run))


def test_jobs_of_arq_are_numbered_in_the_order_in_which_they_were_enqueued(lab):
    """ARQ's time is in milliseconds, and its ids are random."""

    async def main():
        pool = lab.arq()
        for number in range(20):
            await pool.enqueue_job("give", number)
        run = await work_arq(pool, unreadable.Tasks)
        await pool.aclose()
        return run

    run = asyncio.run(main())
    assert [run[f"give {n + 1}" if n else "give"].result for n in range(20)] == [*range(20)]
    assert str(job_graph(run)) == "give, 20 at once  ✓ complete"


def test_the_order_holds_in_rq_too(lab, queue):
    for number in range(20):
        queue.enqueue(jobs.give, number)
    run = work(lab, workers=3)
    assert [run[f"give {n + 1}" if n else "give"].result for n in range(20)] == [*range(20)]


def test_jobs_that_are_enqueued_in_one_transaction_are_numbered_as_they_were_given(lab):
    queue = Queue(connection=lab.redis)
    queue.enqueue_many([Queue.prepare_data(jobs.give, (number,)) for number in range(9)])
    run = work(lab)
    assert [run[f"give {n + 1}" if n else "give"].result for n in range(9)] == [*range(9)]
