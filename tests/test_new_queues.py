"""A job may enqueue into a queue that nobody has used before: it is run, as by a worker there."""

from collections import Counter

import pytest
from rq import Queue

from lesson_code.lab import Story, every_crash, every_order, play, what_if, work
from lesson_code.lab.stage.crashes import fate_and_jobs
from lesson_code.lab.stage.stage import Stage
from tests import jobs
from tests.new_queues import (
    announce,
    announce_a_failure,
    announce_and_come_back,
    announce_later,
    wait_for_mail,
)
from tests.real import real


def start(queue: Queue) -> None:
    queue.enqueue(announce, job_id="announce")


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("first", [announce, announce_and_come_back])
def test_a_job_in_a_new_queue_is_run(lab, queue, workers, first):
    queue.enqueue(first, job_id="first")
    run = work(lab, workers)
    assert run.states["send"] == "finished"
    assert set(run.states.values()) == {"finished"}
    assert run.order[-1] == "send"


def test_a_new_queue_of_a_job_of_a_new_queue_is_found_too(lab, queue):
    queue.enqueue(announce, 4, job_id="announce")
    assert Counter(work(lab).states.values()) == {"finished": 5}


def test_a_worker_without_a_job_finds_a_new_queue_while_another_one_is_busy(lab, queue):
    queue.enqueue(wait_for_mail, job_id="wait")
    assert work(lab, workers=2)["wait"].result == "seen"


def test_a_job_that_is_scheduled_in_a_new_queue_is_run(lab, queue):
    queue.enqueue(announce_later, job_id="announce")
    assert work(lab, with_scheduler=True).states == {"announce": "finished", "send": "finished"}


@real
def test_processes_run_it_too(real_lab, real_queue):
    real_queue.enqueue(announce, job_id="announce")
    run = work(real_lab, processes=True)
    assert run.states == {"announce": "finished", "send": "finished"}


def test_a_queue_that_nothing_is_queued_in_costs_no_second_look(lab, queue):
    queue.enqueue(jobs.give, 1, job_id="one")
    queue.enqueue(jobs.give, 2, job_id="two", depends_on=["one"])
    assert work(lab).order == ["one", "two"]


def test_the_stage_runs_it_too():
    stage = Stage()
    with stage.open():
        start(Queue(connection=stage.redis))
        assert stage.work().states == {"announce": "finished", "send": "finished"}


SEARCHES = {"crash": every_crash, "order": lambda story: every_order(story, budget=20)}


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_runs_it_in_every_run(search):
    fates = SEARCHES[search](Story(start)).fates
    steps = {step.job for step in fates[0].steps if "send('A7')" in step.command}
    assert steps == {"send"}
    assert {fate.kind for fate in fates} <= {"unharmed", "twice", "lost", "different"}
    again = SEARCHES[search](Story(start)).fates
    assert [fate.token for fate in again] == [fate.token for fate in fates]


def test_a_run_of_its_token_is_that_of_the_search():
    for fate in every_crash(Story(start), budget=12).fates:
        alone = play(Story(start), fate.token)
        assert (alone.kind, alone.steps, alone.says) == (fate.kind, fate.steps, fate.says)


def test_a_failed_job_of_a_new_queue_is_requeued_too():
    def begin(queue: Queue) -> None:
        queue.enqueue(announce_a_failure, job_id="announce")

    _, runs = fate_and_jobs(Story(begin, requeue=True), play(Story(begin)).token)
    assert runs[-1].states == {"announce": "finished", "shaky": "finished"}


def test_a_story_with_queues_of_its_own_keeps_to_them():
    story = Story(start, queues=("default",))
    _, runs = fate_and_jobs(story, play(story).token)
    assert runs[-1].states == {"announce": "finished", "send": "queued"}


def test_what_if_runs_it_too(lab, queue):
    start(queue)
    table = what_if(lab).table
    table.finish()
    assert table.jobs.states == {"announce": "finished", "send": "finished"}
