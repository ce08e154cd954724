"""The lesson's helpers for RQ and for ARQ: different ways, and the same answer at their ends."""

from functools import partial

import pytest
from arq import func
from rq import Queue, Retry
from rq.job import Dependency

from lesson_code.examples import arq_payments, rq_weather
from lesson_code.lab import work
from lesson_code.with_arq import chaining as arq_chaining
from lesson_code.with_arq import parallel as arq_parallel
from lesson_code.with_arq import retries as arq_retries
from lesson_code.with_arq import saga as arq_saga
from lesson_code.with_rq import fallbacks as rq_fallbacks
from lesson_code.with_rq import parallel as rq_parallel
from lesson_code.with_rq import retries as rq_retries
from lesson_code.with_rq import saga as rq_saga
from lesson_code.with_rq import workflow as rq_workflow
from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds import orders, payments, weather
from tests.scenarios import in_arq, told

YEARS = ["2012", "2013", "2014", "2015"]


@pytest.fixture(params=["RQ", "ARQ"])
def engine(request):
    return request.param


@pytest.fixture
def shop(tmp_path):
    return str(tmp_path)


# Chain, failure in the middle, and going on from there.


def bill_in_rq(lab, text, again):
    queue = Queue(connection=lab.redis)
    if again:
        queue.fetch_job("sum_up").requeue()
    else:
        after = queue.enqueue(orders.read_order, text, job_id="read_order")
        for task in orders.sum_up, orders.write_bill:
            name = task.__name__
            after = queue.enqueue(pass_results, task, depends_on=after, job_id=name)
    return work(lab)


def bill_in_arq(lab, text, again):
    async def enqueue(pool):
        if again:
            await arq_chaining.rerun_failed(pool, "order:sum_up")
        else:
            await pool.enqueue_job("read_order", text, _job_id="order:read_order")

    return in_arq(
        lab,
        enqueue,
        arq_chaining.chained(orders.read_order, then="sum_up"),
        arq_chaining.chained(orders.sum_up, then="write_bill"),
        arq_chaining.chained(orders.write_bill),
    )


def test_a_chain_that_breaks_goes_on_where_it_broke(engine, lab, monkeypatch):
    run = partial({"RQ": bill_in_rq, "ARQ": bill_in_arq}[engine], lab, "2 chair, 1 sofa")
    first = run(again=False)
    answer = {"read_order": {"chair": 2, "sofa": 1}, "sum_up": "LookupError: we sell no sofa"}
    assert {name: told(first).get(name) for name in answer} == answer
    assert told(first).get("write_bill", "never ran") == "never ran"

    monkeypatch.setitem(orders.PRICES, "sofa", 300)
    second = run(again=True)
    answer |= {"sum_up": 380, "write_bill": "Please pay 380 pounds."}
    assert told(second) == answer
    assert [job.rpartition(":")[2] for job in second.order] == ["sum_up", "write_bill"]


# Fan-out over what the job in front has found, and the fan-in behind it.


def years_in_rq(lab):
    queue = Queue(connection=lab.redis)
    extract = queue.enqueue(weather.extract, job_id="extract")
    queue.enqueue(pass_results, rq_weather.enqueue_years, depends_on=extract, job_id="split")
    return work(lab, workers=3)


async def split(ctx):
    days = weather.extract()
    years = sorted({day["date"][:4] for day in days})
    await arq_parallel.register_parts(ctx["redis"], "years", years)
    for year in years:
        await ctx["redis"].enqueue_job("summarise", days, year, _job_id=year)
    return years


async def summarise(ctx, days, year):
    """Summarise a year; one that fails is closed, too, with nothing to show."""
    summary = None
    try:
        summary = weather.summarise(days, year)
        return summary
    finally:
        if await arq_parallel.complete_part(ctx["redis"], "years", year, summary) == 0:
            await ctx["redis"].enqueue_job("aggregate", _job_id="aggregate")


async def aggregate(ctx):
    years = await arq_parallel.outcomes(ctx["redis"], "years")
    found = [summary for summary in years.values() if summary]
    missing = [year for year, summary in years.items() if not summary]
    return {"result": weather.aggregate_results(*found), "missing": missing}


def years_in_arq(lab):
    return in_arq(lab, lambda pool: pool.enqueue_job("split"), split, summarise, aggregate)


def test_fan_out_over_what_was_found_and_fan_in(engine, lab):
    run = {"RQ": years_in_rq, "ARQ": years_in_arq}[engine](lab)
    assert sorted(set(run.order) & set(YEARS)) == YEARS
    whole = weather.process(weather.extract())
    result = run["aggregate"].result
    assert (result if engine == "RQ" else result["result"]) == whole
    assert run.order[-1] == "aggregate"


def some_years_in_rq(lab, days, years):
    queue = Queue(connection=lab.redis)
    parts = [queue.enqueue(weather.summarise, days, year, job_id=year) for year in years]
    queue.enqueue(
        rq_parallel.pass_available_results,
        weather.aggregate_results,
        depends_on=Dependency(parts, allow_failure=True),
        job_id="aggregate",
    )
    return work(lab, workers=3)


def some_years_in_arq(lab, days, years):
    async def enqueue(pool):
        await arq_parallel.register_parts(pool, "years", years)
        for year in years:
            await pool.enqueue_job("summarise", days, year, _job_id=year)

    return in_arq(lab, enqueue, summarise, aggregate)


@pytest.mark.parametrize("missing", [[], ["1999"], ["1998", "1999"]])
def test_fan_in_makes_do_with_the_parts_that_have_not_failed(engine, lab, missing):
    days = weather.extract()[:400]
    run = {"RQ": some_years_in_rq, "ARQ": some_years_in_arq}[engine](
        lab, days, [*missing, "2012", "2013"]
    )
    assert run["aggregate"].result == {"result": weather.process(days), "missing": missing}
    assert [run[year].error for year in missing] == [
        f"ValueError: there is no day of {year}" for year in missing
    ]


# Retry.


def charge_in_rq(lab, shop, card):
    queue = Queue(connection=lab.redis)
    task = (rq_retries.retry_on, payments.BankDown, payments.charge_card)
    queue.enqueue(*task, shop, "desk", card, retry=Retry(max=2), job_id="charge")
    return work(lab)


async def charge(ctx, shop, card):
    try:
        return payments.charge_card(shop, "desk", card)
    except payments.BankDown as error:
        raise arq_retries.retry_or_raise(ctx, error, tries=3, first=0.001) from error


def charge_in_arq(lab, shop, card):
    ask = {"_job_id": "charge"}
    return in_arq(lab, lambda pool: pool.enqueue_job("charge", shop, card, **ask), charge)


@pytest.mark.parametrize(
    ("down", "card", "tries", "answer"),
    [
        (0, "valid", 1, "paid by card"),
        (1, "valid", 2, "paid by card"),
        (2, "valid", 3, "paid by card"),
        (3, "valid", 3, "BankDown: the bank does not answer"),
        (0, "expired", 1, "CardExpired: this card has expired"),
        (1, "expired", 2, "CardExpired: this card has expired"),
    ],
)
def test_retry_what_may_pass_and_only_that(engine, lab, shop, down, card, tries, answer):
    payments.open_shop(shop, down)
    run = {"RQ": charge_in_rq, "ARQ": charge_in_arq}[engine](lab, shop, card)
    assert told(run) == {"charge": answer}
    assert run.order == ["charge"] * tries == ["charge"] * len(payments.read_log(shop).split("\n"))


# Fallback.


def pay_in_rq(lab, shop, card):
    charge = [
        rq_fallbacks.catch_final_failure,
        rq_retries.retry_on,
        payments.BankDown,
        payments.charge_card,
    ]
    again = {"retry": rq_fallbacks.retries_for(arq_payments.TRIES)}
    steps = {
        "charge": (charge, [], {"args": (shop, "desk", card), **again}),
        "invoice": (
            [rq_fallbacks.fallback_if_failed, payments.invoice],
            ["charge"],
            {"args": (shop, "desk")},
        ),
        "confirm": (payments.confirm, ["invoice"]),
    }
    rq_workflow.enqueue_workflow(Queue(connection=lab.redis), steps)
    return work(lab)


def pay_in_arq(lab, shop, card):
    retried = func(arq_payments.take_payment, max_tries=arq_payments.TRIES)
    ask = ("take_payment", shop, "desk", card)
    return in_arq(
        lab,
        lambda pool: pool.enqueue_job(*ask, _job_id="desk"),
        retried,
        arq_payments.invoice,
        arq_payments.confirm,
    )


@pytest.mark.parametrize(
    ("down", "card", "log", "paid"),
    [
        (0, "valid", ["charge desk: done"], "paid by card"),
        (2, "valid", ["charge desk: no answer"] * 2 + ["charge desk: done"], "paid by card"),
        (
            3,
            "valid",
            ["charge desk: no answer"] * 3 + ["invoice desk: sent"],
            "to be paid by invoice",
        ),
        (0, "expired", ["charge desk: refused", "invoice desk: sent"], "to be paid by invoice"),
    ],
)
def test_the_fallback_runs_when_all_else_has_failed_and_only_then(
    engine, lab, shop, down, card, log, paid
):
    payments.open_shop(shop, down)
    run = {"RQ": pay_in_rq, "ARQ": pay_in_arq}[engine](lab, shop, card)
    assert payments.read_log(shop).split("\n") == log
    assert told(run)["confirm"] == f"Thank you! Your order is {paid}."


# Saga: what was done is undone, last first.


STEPS = [
    (payments.reserve, payments.release),
    (payments.charge_card, payments.refund),
    (payments.ship, None),
]


def saga_in_rq(lab, shop, order):
    rq_saga.enqueue_saga(Queue(connection=lab.redis), STEPS, shop, order, run="one")
    return work(lab)


def saga_in_arq(lab, shop, order):
    ask = ("saga", shop, order)
    return in_arq(
        lab,
        lambda pool: pool.enqueue_job(*ask, _job_id="saga"),
        *arq_saga.saga(STEPS),
    )


@pytest.mark.parametrize(
    ("order", "log"),
    [
        ("desk", ["reserve desk", "charge desk: done", "ship desk"]),
        ("piano", ["reserve piano", "charge piano: done", "refund piano", "release piano"]),
    ],
)
def test_a_saga_undoes_what_was_done(engine, lab, shop, order, log):
    payments.open_shop(shop)
    {"RQ": saga_in_rq, "ARQ": saga_in_arq}[engine](lab, shop, order)
    assert payments.read_log(shop).split("\n") == log
