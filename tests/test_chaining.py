"""Results are handed on, by hand and by the helper, and never silently left out."""

import pytest
from rq.job import Dependency

from lesson_code.examples.rq_chain import task_b_by_hand
from lesson_code.lab import work
from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds import tasks
from tests import jobs


def test_the_lessons_tasks_work_unchanged(lab, queue):
    a = queue.enqueue(tasks.task_a, job_id="a")
    b = queue.enqueue(pass_results, tasks.task_b, depends_on=a, job_id="b")
    queue.enqueue(pass_results, tasks.task_c, depends_on=b, job_id="c")
    assert [job.result for job in work(lab).jobs] == [
        "Data from A",
        "Result from B",
        "Workflow Complete",
    ]


def test_by_hand_gives_the_same(lab, queue):
    a = queue.enqueue(tasks.task_a, job_id="a")
    queue.enqueue(task_b_by_hand, depends_on=a, job_id="b")
    assert work(lab)["b"].result == "Result from B"


def test_results_come_in_the_order_of_depends_on_then_the_other_arguments(lab, queue):
    one = queue.enqueue(jobs.give, "1", job_id="one")
    two = queue.enqueue(jobs.give, "2", job_id="two")
    after = {"depends_on": [two, one], "job_id": "all"}
    queue.enqueue(pass_results, tasks.join, "3", "4", **after)
    assert work(lab)["all"].result == "2 and 1 and 3 and 4"


def test_keywords_are_handed_on_too(lab, queue):
    parent = queue.enqueue(jobs.give, "2,1", job_id="parent")
    queue.enqueue(pass_results, "builtins.sorted", reverse=True, depends_on=parent, job_id="b")
    assert work(lab)["b"].result == ["2", "1", ","]


@pytest.mark.parametrize("value", [None, 0, "", [], False])
def test_a_result_that_looks_like_none_is_handed_on_too(lab, queue, value):
    parent = queue.enqueue(jobs.give, value, job_id="parent")
    queue.enqueue(pass_results, jobs.give, depends_on=parent, job_id="child")
    run = work(lab)
    assert run["child"].state == "finished" and run["child"].result == value


def test_without_dependencies_it_just_runs_the_task(lab, queue):
    queue.enqueue(pass_results, jobs.add, 1, 2, job_id="sum")
    assert work(lab)["sum"].result == 3


def error_of_child(lab, queue, parents):
    queue.enqueue(pass_results, jobs.add, depends_on=parents, job_id="child")
    return work(lab)["child"].error


def test_a_result_that_has_expired_is_missed(lab, queue):
    kept = queue.enqueue(jobs.give, 1, job_id="kept")
    gone = queue.enqueue(jobs.give, 2, job_id="gone", result_ttl=0)
    error = error_of_child(lab, queue, [kept, gone])
    assert error == "ResultMissing: child needs the result of gone: there is none"


def test_the_result_of_a_failed_job_is_missed(lab, queue):
    bad = queue.enqueue(jobs.fail, job_id="bad")
    error = error_of_child(lab, queue, Dependency(bad, allow_failure=True))
    assert error == "ResultMissing: child needs the result of bad: there is none"


def test_a_dependency_that_never_was_is_missed(lab, queue):
    error = error_of_child(lab, queue, "nobody")
    assert error == "ResultMissing: child needs the result of nobody: there is none"


def test_orders_are_read_once_they_are_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="has not arrived"):
        tasks.read_orders(str(tmp_path))
    (tmp_path / "orders.txt").write_text("12 chairs\n")
    assert tasks.read_orders(str(tmp_path)) == "12 chairs"
