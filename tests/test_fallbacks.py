"""Fallbacks: they run exactly when a job has failed for good, and the chain goes on; undoing."""

import asyncio

import pytest
from rq import Callback, Retry
from rq.job import Dependency

from lesson_code.examples import arq_payments
from lesson_code.examples.rq_payments import note_failure
from lesson_code.lab import work, work_arq
from lesson_code.with_arq.chaining import rerun_failed
from lesson_code.with_arq.fallbacks import gave_up, give_up
from lesson_code.with_arq.saga import saga
from lesson_code.with_rq.chaining import pass_results
from lesson_code.with_rq.fallbacks import cancel_behind, enqueue_undo, fallback_if_failed
from lesson_code.worlds import payments
from tests import jobs
from tests.real import real


def die_in(shop):
    jobs.die()


@pytest.fixture
def shop(tmp_path):
    payments.open_shop(str(tmp_path))
    return str(tmp_path)


def behind(job):
    return {"depends_on": Dependency(job, allow_failure=True)}


def with_rq(lab, queue, shop, down, card="valid"):
    """Charge, else invoice; then confirm. Return the confirmation and the log."""
    payments.open_shop(shop, down)
    charge = queue.enqueue(
        payments.charge_card, shop, "a lamp", card, retry=Retry(max=2), job_id="pay"
    )
    task = [fallback_if_failed, payments.invoice, shop, "a lamp"]
    paid = queue.enqueue(*task, **behind(charge), job_id="paid")
    queue.enqueue(pass_results, payments.confirm, depends_on=paid, job_id="confirm")
    return work(lab)["confirm"].result, payments.read_log(shop).splitlines()


STEPS = [
    (payments.reserve, payments.release),
    (payments.charge_card, payments.refund),
    (payments.ship, None),
]


class Settings:
    functions = (
        arq_payments.take_payment,
        arq_payments.invoice,
        arq_payments.confirm,
        *saga(STEPS),
    )
    max_tries = 10


def arq_runs(lab, *steps):
    """Enqueue or requeue each step, letting a worker run after each; return the last run."""

    async def run():
        pool = lab.arq()
        for enqueue in steps:
            await enqueue(pool)
            last = await work_arq(pool, Settings)
        await pool.aclose()
        return last

    return asyncio.run(run())


def pay(shop, card="valid", **options):
    return lambda pool: pool.enqueue_job(
        "take_payment", shop, "a lamp", card, _job_id="pay", **options
    )


def with_arq(lab, queue, shop, down, card="valid"):
    payments.open_shop(shop, down)
    run = arq_runs(lab, pay(shop, card))
    return run[run.order[-1]].result, payments.read_log(shop).splitlines()


@pytest.mark.parametrize("engine", [with_rq, with_arq])
@pytest.mark.parametrize("down", [0, 1, 2])
def test_while_a_try_succeeds_there_is_no_fallback(lab, queue, shop, engine, down):
    thanks, log = engine(lab, queue, shop, down)
    assert thanks == "Thank you! Your order is paid by card."
    assert log == ["charge a lamp: no answer"] * down + ["charge a lamp: done"]


@pytest.mark.parametrize("engine", [with_rq, with_arq])
def test_after_the_last_try_the_chain_goes_on_with_the_fallback(lab, queue, shop, engine):
    thanks, log = engine(lab, queue, shop, down=9)
    assert thanks == "Thank you! Your order is to be paid by invoice."
    assert log == ["charge a lamp: no answer"] * 3 + ["invoice a lamp: sent"]


def test_in_arq_an_error_that_no_try_cures_goes_straight_to_the_fallback(lab, queue, shop):
    thanks, log = with_arq(lab, queue, shop, down=0, card="expired")
    assert thanks == "Thank you! Your order is to be paid by invoice."
    assert log == ["charge a lamp: refused", "invoice a lamp: sent"]


def test_in_arq_a_job_that_is_run_twice_has_one_fallback(lab, shop):
    payments.open_shop(shop, down=9)
    run = arq_runs(lab, pay(shop), lambda pool: rerun_failed(pool, "pay"))
    assert run["pay"].state == "complete, failed"
    assert payments.read_log(shop).count("invoice") == 1


def test_in_arq_tries_that_were_lost_do_not_cost_the_fallback(lab, shop):
    payments.open_shop(shop, down=9)
    run = arq_runs(lab, pay(shop, _job_try=7))
    assert run["pay:invoice"].state == "complete"


def test_a_result_of_none_is_no_failure(lab, queue):
    quiet = queue.enqueue(jobs.give, None, job_id="quiet")
    queue.enqueue(fallback_if_failed, jobs.give, "fallback", **behind(quiet), job_id="job")
    run = work(lab)
    assert run["job"].state == "finished" and run["job"].result is None


def test_used_up_retries_that_were_returned_are_a_failure(lab, queue):
    bad = queue.enqueue(jobs.give, Retry(max=1), job_id="bad")
    queue.enqueue(fallback_if_failed, jobs.give, "fallback", **behind(bad), job_id="job")
    assert work(lab)["job"].result == "fallback"


def test_a_job_in_front_that_is_gone_is_missed(lab, queue):
    gone = queue.enqueue(jobs.give, 1, result_ttl=0, job_id="gone")
    queue.enqueue(fallback_if_failed, jobs.give, "fallback", **behind(gone), job_id="job")
    assert work(lab)["job"].error.startswith("ResultMissing: job needs the result of gone")


def test_a_fallback_that_fails_is_a_failed_job(lab, queue):
    bad = queue.enqueue(jobs.fail, job_id="bad")
    queue.enqueue(fallback_if_failed, jobs.fail, "this too", **behind(bad), job_id="job")
    assert work(lab)["job"].error == "ValueError: this too"


def test_a_callback_is_called_on_each_try_that_fails(lab, queue, shop):
    payments.open_shop(shop, down=9)
    called = {"retry": Retry(max=1), "on_failure": Callback(note_failure)}
    queue.enqueue(payments.charge_card, shop, "a lamp", job_id="job", **called)
    work(lab)
    assert payments.read_log(shop).splitlines()[1::2] == [
        "  callback in worker-1: BankDown, 1 retries left",
        "  callback in worker-1: BankDown, 0 retries left",
    ]


@real
def test_after_a_killed_work_horse_there_is_a_fallback_but_no_callback(real_lab, real_queue, shop):
    die = "tests.test_fallbacks.die_in"
    bad = real_queue.enqueue(die, shop, job_id="bad", on_failure=Callback(note_failure))
    real_queue.enqueue(fallback_if_failed, jobs.give, "fallback", **behind(bad), job_id="job")
    run = work(real_lab, processes=True)
    assert (run["bad"].state, run["job"].result) == ("failed", "fallback")
    assert payments.read_log(shop) == ""


def test_all_that_waits_behind_a_job_is_cancelled_once(lab, queue):
    bad = queue.enqueue(jobs.fail, job_id="bad")
    left = queue.enqueue(jobs.give, 1, depends_on=bad, job_id="left")
    right = queue.enqueue(jobs.give, 2, depends_on=bad, job_id="right")
    queue.enqueue(jobs.add, depends_on=[left, right], job_id="both")
    queue.enqueue(jobs.give, 3, job_id="other")
    work(lab)
    cancel_behind(bad)
    assert work(lab).states == {
        "bad": "failed", "left": "canceled", "right": "canceled", "both": "canceled",
        "other": "finished",
    }  # fmt: skip


def test_what_was_cancelled_does_not_run_when_the_job_is_requeued(lab, queue, shop):
    payments.open_shop(shop, down=1)
    bad = queue.enqueue(payments.charge_card, shop, "a lamp", job_id="bad")
    queue.enqueue(jobs.give, 1, depends_on=bad, job_id="next")
    work(lab)
    cancel_behind(bad)
    bad.requeue()
    assert work(lab).states == {"bad": "finished", "next": "canceled"}


def saga_with_rq(lab, queue, shop, order):
    reserve = queue.enqueue(payments.reserve, shop, order, job_id="reserve")
    charge = queue.enqueue(payments.charge_card, shop, order, depends_on=reserve, job_id="charge")
    ship = queue.enqueue(payments.ship, shop, order, depends_on=charge, job_id="ship")
    for step, undoing in ((charge, [payments.release]),
                          (ship, [payments.refund, payments.release])):  # fmt: skip
        job_id = f"undo-{step.id}"
        queue.enqueue(
            fallback_if_failed, enqueue_undo, undoing, shop, order, **behind(step), job_id=job_id
        )
    return work(lab).states


def saga_with_arq(lab, queue, shop, order):
    enqueue = lambda pool: pool.enqueue_job("saga", shop, order, _job_id="order")  # noqa: E731
    return arq_runs(lab, enqueue).states


SAGAS = pytest.mark.parametrize("saga", [saga_with_rq, saga_with_arq])


@SAGAS
def test_a_saga_without_a_failure_undoes_nothing(lab, queue, shop, saga):
    saga(lab, queue, shop, "a lamp")
    done = ["reserve a lamp", "charge a lamp: done", "ship a lamp"]
    assert payments.read_log(shop).splitlines() == done


@SAGAS
def test_what_was_done_is_undone_last_step_first(lab, queue, shop, saga):
    saga(lab, queue, shop, "a piano")
    assert payments.read_log(shop).splitlines() == [
        "reserve a piano", "charge a piano: done", "refund a piano", "release a piano",
    ]  # fmt: skip


@SAGAS
def test_what_was_not_done_is_not_undone(lab, queue, shop, saga):
    payments.open_shop(shop, down=1)
    states = saga(lab, queue, shop, "a lamp")
    assert payments.read_log(shop).splitlines() == [
        "reserve a lamp", "charge a lamp: no answer", "release a lamp",
    ]  # fmt: skip
    assert not {"deferred", "queued"} & set(states.values())


def pack(shop, order):
    """Leaves nothing that had to be undone."""


def test_in_arq_a_step_that_nothing_undoes_is_passed_over(lab, shop):
    steps = [STEPS[0], (pack, None), (payments.ship, None)]

    async def run():
        pool = lab.arq()
        await pool.enqueue_job("saga", shop, "a piano", _job_id="order")
        done = await work_arq(pool, type("Saga", (), {"functions": saga(steps)}))
        await pool.aclose()
        return done

    assert sorted(asyncio.run(run()).order) == [
        "order", "order:pack", "order:ship", "order:undo-reserve",
    ]  # fmt: skip
    assert payments.read_log(shop).splitlines() == ["reserve a piano", "release a piano"]


def arq_saga_of(lab, *steps, before=None):
    """Run a saga in ARQ; return the jobs that undid something. `before(pool)` is awaited first."""

    async def run():
        pool = lab.arq()
        if before:
            await before(pool)
        await pool.enqueue_job("saga", *steps[-1], _job_id="order")
        await work_arq(pool, type("Saga", (), {"functions": saga(steps[:-1])}))
        undone = [one for one in await pool.all_job_results() if one.function == "undo"]
        await pool.aclose()
        return undone

    return asyncio.run(run())


def test_in_arq_all_that_undo_know_why(lab, shop):
    undone = arq_saga_of(lab, *STEPS, (shop, "a piano"))
    errors = [one.kwargs["error"] for one in undone]
    assert errors == ["TooHeavy('no courier takes a piano')"] * 2


def test_in_arq_a_step_in_which_a_worker_has_died_is_undone_too(lab, shop):
    async def one_has_died(pool):
        await pool.set("trying:order", 1)

    steps = [(payments.ship, payments.release)]
    for before, log in ((None, []), (one_has_died, ["release a piano"])):
        payments.open_shop(shop)
        lab.empty()
        arq_saga_of(lab, *steps, (shop, "a piano"), before=before)
        assert payments.read_log(shop).splitlines() == log


def test_in_arq_the_first_reason_to_give_up_stays(lab):
    async def reasons():
        ctx = {"redis": lab.arq(), "job_id": "pay"}
        await give_up(ctx, "no money")
        await give_up(ctx, "no time")
        told = await gave_up(ctx)
        await ctx["redis"].aclose()
        return told

    assert asyncio.run(reasons()) == "no money"
