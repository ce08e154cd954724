"""Retries in RQ and in ARQ: how often, after which waits, for which errors."""

import asyncio
import subprocess
import sys
import time
from datetime import timedelta
from random import Random
from xml.etree import ElementTree

import arq
import pytest
from rq import Retry
from rq.scheduler import RQScheduler

from lesson_code.examples.rq_payments import charge_or_retry
from lesson_code.lab import work, work_arq
from lesson_code.lab.pictures.waits import waits
from lesson_code.with_arq.retries import delay, retry_or_raise
from lesson_code.with_rq.retries import backoff_intervals, retry_on
from lesson_code.worlds import payments
from tests import jobs
from tests.patience import FUSE, until, within
from tests.real import real


@pytest.fixture
def shop(tmp_path):
    payments.open_shop(str(tmp_path))
    return str(tmp_path)


def calls(shop):
    return len(payments.read_log(shop).splitlines())


@pytest.mark.parametrize(("down", "called", "state"), [(0, 1, "finished"), (3, 4, "finished"),
                                                       (4, 4, "failed")])  # fmt: skip
def test_three_retries_are_four_calls_at_most(lab, queue, shop, down, called, state):
    payments.open_shop(shop, down)
    queue.enqueue(payments.charge_card, shop, "a lamp", retry=Retry(max=3), job_id="charge")
    assert work(lab).states == {"charge": state}
    assert calls(shop) == called


def test_each_wait_is_twice_the_one_before():
    assert backoff_intervals(5) == [1, 2, 4, 8, 16]
    assert backoff_intervals(3, first=60) == [60, 120, 240]


def test_rq_and_arq_wait_equally_long():
    assert backoff_intervals(6, first=3) == [delay(job_try, first=3) for job_try in range(1, 7)]


def test_jitter_draws_from_all_that_is_allowed_and_not_beyond():
    rng = Random(1)
    plans = [backoff_intervals(3, first=2, rng=rng) for _ in range(300)]
    for drawn, longest in zip(zip(*plans, strict=True), (2, 4, 8), strict=True):
        assert set(drawn) == set(range(1, longest + 1))
    drawn = [delay(3, first=2, rng=rng) for _ in range(300)]
    assert 0 <= min(drawn) < 1 and 7 < max(drawn) <= 8


def test_the_same_chance_gives_the_same_waits():
    assert (
        backoff_intervals(9, 5, Random(3))
        == backoff_intervals(9, 5, Random(3))
        != backoff_intervals(9, 5, Random(4))
    )


def test_an_error_that_another_try_may_cure_is_tried_again(lab, queue, shop):
    payments.open_shop(shop, down=2)
    plan = Retry(max=2)
    task = [payments.charge_card, shop, "a lamp"]
    queue.enqueue(retry_on, payments.BankDown, *task, retry=plan, job_id="job")
    assert work(lab)["job"].result == "paid by card"
    assert calls(shop) == 3


def test_the_error_of_the_last_try_is_the_error_of_the_job(lab, queue, shop):
    payments.open_shop(shop, down=9)
    plan = Retry(max=2)
    task = [payments.charge_card, shop, "a lamp"]
    queue.enqueue(retry_on, payments.BankDown, *task, retry=plan, job_id="job")
    run = work(lab)
    assert run["job"].error == "BankDown: the bank does not answer"
    assert calls(shop) == 3


def test_without_the_helper_that_error_is_lost(lab, queue, shop):
    payments.open_shop(shop, down=9)
    queue.enqueue(charge_or_retry, shop, "a lamp", job_id="job")
    run = work(lab)
    assert (run["job"].state, run["job"].error, calls(shop)) == ("failed", None, 4)


def test_any_other_error_is_not_tried_again(lab, queue, shop):
    task = [payments.charge_card, shop, "a lamp", "expired"]
    errors = (payments.BankDown, OSError)
    queue.enqueue(retry_on, errors, *task, retry=Retry(max=3), job_id="job")
    assert work(lab)["job"].error == "CardExpired: this card has expired"
    assert calls(shop) == 1


def test_keyword_arguments_reach_the_task(lab, queue, shop):
    task = {"shop": shop, "order": "a lamp", "job_id": "job"}
    queue.enqueue(retry_on, payments.BankDown, payments.charge_card, **task)
    assert work(lab)["job"].result == "paid by card"


def test_the_intervals_of_the_plan_are_kept(lab, queue, shop):
    payments.open_shop(shop, down=9)
    plan = Retry(max=2, interval=[100, 200])
    task = [payments.charge_card, shop, "a lamp"]
    job = queue.enqueue(retry_on, payments.BankDown, *task, retry=plan, job_id="job")
    for wait in (100, 200):
        before = int(time.time())
        assert work(lab).states == {"job": "scheduled"}
        due = queue.scheduled_job_registry.get_scheduled_time(job).timestamp()
        assert before + wait <= due <= time.time() + wait
        queue.scheduled_job_registry.remove(job)
        job.refresh()
        queue.enqueue_job(job)
    assert work(lab).states == {"job": "failed"}


def test_with_a_scheduler_nobody_waits_for_an_interval(lab, queue, shop):
    payments.open_shop(shop, down=2)
    plan = Retry(max=2, interval=[3600, 7200])
    queue.enqueue(payments.charge_card, shop, "a lamp", retry=plan, job_id="job")
    with within(60):
        assert work(lab, with_scheduler=True).order == ["job"] * 3


def test_scheduled_jobs_run_in_the_order_of_their_times(lab, queue):
    for hours in (3, 1, 2):
        queue.enqueue_in(timedelta(hours=hours), jobs.give, hours, job_id=f"in-{hours}")
    assert work(lab, with_scheduler=True).order == ["in-1", "in-2", "in-3"]


def test_the_clock_goes_forward_for_all(lab, queue):
    """A retry one hour after 02:00 comes after a job that is due at 02:30."""
    queue.enqueue_in(timedelta(hours=2), jobs.fail, retry=Retry(max=1, interval=3600), job_id="bad")
    queue.enqueue_in(timedelta(hours=2.5), jobs.give, 1, job_id="half-past")
    assert work(lab, with_scheduler=True).order == ["bad", "half-past", "bad"]


def test_a_job_in_another_queue_is_scheduled_too(lab, queue):
    parent = queue.enqueue(jobs.give, 1, job_id="first")
    low = type(queue)("low", connection=lab.redis)
    low.enqueue_in(timedelta(hours=1), jobs.give, 2, job_id="later")
    low.enqueue(jobs.give, 3, job_id="second", depends_on=parent)
    assert set(work(lab, with_scheduler=True).states.values()) == {"finished"}


def test_a_queue_that_another_scheduler_minds_is_left_alone(lab, queue):
    other = RQScheduler([queue], connection=lab.redis, logging_level="CRITICAL")
    assert other.acquire_locks() == {"default"}
    queue.enqueue_in(timedelta(hours=1), jobs.give, 1, job_id="later")
    assert work(lab, with_scheduler=True).states == {"later": "scheduled"}


def test_worker_processes_have_a_clock_of_their_own(lab):
    with pytest.raises(ValueError, match="cannot be put forward"):
        work(lab, processes=True, with_scheduler=True)


@real
def test_a_real_worker_with_a_scheduler_waits_and_tries_again(real_lab, real_queue, shop):
    payments.open_shop(shop, down=1)
    plan = Retry(max=1, interval=1)
    job = real_queue.enqueue(payments.charge_card, shop, "a lamp", retry=plan, job_id="job")
    command = [sys.executable, "-m", "rq.cli", "worker", "--quiet", "--with-scheduler"]
    worker = subprocess.Popen([*command, "--url", real_lab.url])
    try:
        until(lambda: job.is_finished)
    finally:
        worker.terminate()
        worker.wait(FUSE)
    assert job.return_value() == "paid by card"


def tries_of(lab, shop, error, **options):
    """Let ARQ run a charge that tries three times after `error`; return the run."""

    async def charge(ctx):
        try:
            return payments.charge_card(shop, "a lamp", "expired")
        except error as raised:
            raise retry_or_raise(ctx, raised, tries=3, first=0.001)  # noqa: B904

    async def run():
        pool = lab.arq()
        await pool.enqueue_job("charge", _job_id="job")
        settings = type("Settings", (), {"functions": [arq.func(charge, name="charge")]})
        result = await work_arq(pool, settings, **options)
        await pool.aclose()
        return result

    return asyncio.run(run())


def test_arq_tries_again_what_is_worth_it(lab, shop):
    payments.open_shop(shop, down=9)
    run = tries_of(lab, shop, payments.BankDown)
    assert run["job"].error == "BankDown: the bank does not answer"
    assert run.order == ["job"] * 3 and calls(shop) == 3


def test_arq_does_not_try_again_what_is_not(lab, shop):
    run = tries_of(lab, shop, payments.BankDown)
    assert run["job"].error == "CardExpired: this card has expired"
    assert calls(shop) == 1


def test_next_try_waits_longer_each_time():
    errors = [retry_or_raise({"job_try": n}, ValueError(), tries=4) for n in (1, 2, 3, 4, 5)]
    assert [getattr(error, "defer_score", None) for error in errors] == [
        1000, 2000, 4000, None, None,
    ]  # fmt: skip
    assert isinstance(errors[-1], ValueError)


def test_the_first_wait_is_for_the_caller_to_say():
    assert retry_or_raise({"job_try": 2}, ValueError(), tries=4, first=5).defer_score == 10_000


def test_waits_are_drawn_to_scale_with_a_mark_for_each_try():
    picture = waits({"one": [1, 2], "other": [0.5]})
    assert str(picture) == "one    tried after 0, 1, 3 s\nother  tried after 0, 0.5 s"
    svg = ElementTree.fromstring(picture.svg)
    boxes = [box.attrib for box in svg if box.tag.endswith("rect")]
    red = [float(box["x"]) for box in boxes if box["width"] == "10"]
    assert [at - red[0] for at in red] == [0, 40, 120, 0, 20]
    assert [box["width"] for box in boxes if box["height"] == "18"] == ["40", "80", "20"]


def test_no_waits_are_an_empty_picture():
    assert str(waits({})) == "(no job)"
    ElementTree.fromstring(waits({}).svg)


@real
@pytest.mark.parametrize(("retries", "outcome"), [(2, 3), (1, "OSError: not yet")])
def test_one_plan_is_for_errors_and_for_killed_work_horses(
    real_lab, real_queue, tmp_path, retries, outcome
):
    task = (retry_on, OSError, jobs.die_then_fail, str(tmp_path))
    real_queue.enqueue(*task, retry=Retry(max=retries), job_id="job")
    job = work(real_lab, processes=True)["job"]
    assert outcome in (job.result, job.error)
