"""In ARQ a step enqueues the next one, once, with its result; a failed one can be requeued."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest
from arq import func
from arq.jobs import Job
from rq import Queue

from lesson_code.lab import Lab, work, work_arq
from lesson_code.with_arq.chaining import chained, rerun_failed
from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds import nightly, orders, weather

SHOP = [
    chained(orders.read_order, then="sum_up"),
    chained(orders.sum_up, then="write_bill"),
    chained(orders.write_bill),
]
IDS = ["order-1", "order-1:sum_up", "order-1:write_bill"]


@pytest.fixture
def lab():
    lab = Lab()
    yield lab
    lab.close()


def in_arq(lab, scene):
    """Run the coroutine function `scene(pool)` with an ARQ client. Return what it returns."""

    async def run():
        pool = lab.arq()
        try:
            return await scene(pool)
        finally:
            await pool.aclose()

    return asyncio.run(run())


def settings(functions):
    return type("WorkerSettings", (), {"functions": functions})


def run_chain(lab, functions, first, *args, job_id="order-1"):
    async def scene(pool):
        await pool.enqueue_job(first, *args, _job_id=job_id)
        return await work_arq(pool, settings(functions))

    return in_arq(lab, scene)


def test_each_step_gets_the_result_of_the_one_before(lab):
    run = run_chain(lab, SHOP, "read_order", "2 chair, 1 table")
    assert run.order == IDS
    results = [job.result for job in run.jobs]
    assert results == [{"chair": 2, "table": 1}, 200, "Please pay 200 pounds."]
    assert [job.after for job in run.jobs] == [(), ("order-1",), ("order-1:sum_up",)]


@pytest.mark.parametrize("name", ["order:1", "a:b:c", "order-1:read_order"])
def test_whatever_the_chain_is_called_its_ids_differ_in_the_step_only(lab, name):
    run = run_chain(lab, SHOP, "read_order", "1 table", job_id=name)
    chain = name.removesuffix(":read_order")
    assert run.order == [name, f"{chain}:sum_up", f"{chain}:write_bill"]


@pytest.mark.parametrize("value", [None, 0, "", [], False])
def test_a_result_that_looks_like_none_is_handed_on_too(lab, value):
    def give():
        return value

    def take(given):
        return [given]

    run = run_chain(lab, [chained(give, then="take"), chained(take)], "give")
    assert run["order-1:take"].result == [value]


def test_a_step_that_fails_enqueues_nothing(lab):
    run = run_chain(lab, SHOP, "read_order", "1 sofa")
    assert run.states == {"order-1": "complete", "order-1:sum_up": "complete, failed"}
    assert run["order-1:sum_up"].error == "LookupError: we sell no sofa"


def test_a_step_that_is_run_twice_enqueues_the_next_one_once(lab):
    async def scene(pool):
        ctx = {"redis": pool, "job_id": "order-1"}
        for _ in range(2):
            await SHOP[0].coroutine(ctx, "1 table")
        return [job.job_id for job in await pool.queued_jobs()]

    assert in_arq(lab, scene) == ["order-1:sum_up"]


class Flaky:
    """A task that fails until `well` is set, and notes how it was called."""

    def __init__(self):
        self.well, self.calls = False, []

    async def __call__(self, ctx, *args, **kwargs):
        self.calls.append((ctx["job_id"], args, kwargs))
        if not self.well:
            raise ValueError("not yet")
        await ctx["redis"].enqueue_job("next", _job_id="next")


@pytest.fixture
def flaky():
    task = Flaky()

    async def run(ctx, *args, **kwargs):
        return await task(ctx, *args, **kwargs)

    async def next_one(ctx):
        return "followed"

    task.settings = settings([func(run, name="flaky"), func(next_one, name="next")])
    return task


def test_a_requeued_job_runs_again_as_it_was_called_and_the_rest_follows(lab, flaky):
    async def scene(pool):
        await pool.enqueue_job("flaky", 1, "two", three=3, _job_id="middle")
        await work_arq(pool, flaky.settings)
        flaky.well = True
        assert await pool.enqueue_job("flaky", _job_id="middle") is None
        job = await rerun_failed(pool, "middle")
        return job.job_id, await work_arq(pool, flaky.settings)

    job_id, run = in_arq(lab, scene)
    assert job_id == "middle"
    assert flaky.calls == [("middle", (1, "two"), {"three": 3})] * 2
    assert run.order == ["middle", "next"] and run["next"].result == "followed"


def test_a_requeued_job_goes_back_to_its_own_queue(lab, flaky):
    async def scene(pool):
        await pool.enqueue_job("flaky", _job_id="job", _queue_name="slow")
        await work_arq(pool, flaky.settings, queue_name="slow")
        await rerun_failed(pool, "job")
        return await pool.queued_jobs(queue_name="slow"), await pool.queued_jobs()

    slow, default = in_arq(lab, scene)
    assert [job.job_id for job in slow] == ["job"] and default == []


def test_two_who_requeue_at_once_enqueue_one_job(lab, flaky, monkeypatch):
    async def scene(pool):
        await pool.enqueue_job("flaky", _job_id="job")
        await work_arq(pool, flaky.settings)
        read, both, read_alone = [], asyncio.Event(), Job.result_info

        async def read_together(job):
            read.append(await read_alone(job))
            if len(read) == 2:
                both.set()
            await both.wait()
            return read[0]

        monkeypatch.setattr(Job, "result_info", read_together)
        return await asyncio.gather(rerun_failed(pool, "job"), rerun_failed(pool, "job"))

    jobs = in_arq(lab, scene)
    assert sorted(job.job_id if job else "none" for job in jobs) == ["job", "none"]


@pytest.mark.parametrize("name", ["never-was", "went-well", "waits"])
def test_only_a_failed_job_is_requeued(lab, flaky, name):
    async def scene(pool):
        flaky.well = True
        await pool.enqueue_job("flaky", _job_id="went-well")
        await work_arq(pool, flaky.settings)
        await pool.enqueue_job("flaky", _job_id="waits")
        with pytest.raises(LookupError, match=f"no failed result of {name} is kept"):
            await rerun_failed(pool, name)
        return [job.job_id for job in await pool.queued_jobs()]

    assert in_arq(lab, scene) == ["waits"]


@pytest.mark.parametrize("text", ["2 chair, 1 table", "1 sofa", "no number"])
def test_rq_and_arq_give_the_same_results_and_stop_at_the_same_step(lab, text):
    queue = Queue(connection=lab.redis)
    a = queue.enqueue(orders.read_order, text, job_id="a")
    b = queue.enqueue(pass_results, orders.sum_up, depends_on=a, job_id="b")
    queue.enqueue(pass_results, orders.write_bill, depends_on=b, job_id="c")
    rq = [(job.result, job.error) for job in work(lab).jobs if job.state != "deferred"]
    lab.empty()
    arq = [(job.result, job.error) for job in run_chain(lab, SHOP, "read_order", text).jobs]
    assert rq == arq


def test_the_three_functions_are_a_program_without_a_queue():
    assert (
        orders.write_bill(orders.sum_up(orders.read_order("3 table"))) == "Please pay 360 pounds."
    )
    with pytest.raises(LookupError, match="we sell no sofa"):
        orders.sum_up({"chair": 1, "sofa": 1})


class Piano(Barrier):
    patience = 0.1  # seconds

    def wait(self) -> int:
        return super().wait(self.patience)


def test_a_piano_takes_three_also_after_one_has_tried_alone(monkeypatch):
    monkeypatch.setattr(orders, "_around_the_piano", Piano(3))
    with pytest.raises(BrokenBarrierError):
        orders.lift_piano("Ann")
    orders._around_the_piano.patience = 60
    with ThreadPoolExecutor(3) as crew:
        assert list(crew.map(orders.lift_piano, "ABC")) == ["A lifted", "B lifted", "C lifted"]


def test_a_letter_is_posted_before_the_ledger_is_missed(tmp_path):
    with pytest.raises(FileNotFoundError, match="no ledger"):
        orders.post_bill("Bill 7", str(tmp_path))
    (tmp_path / "ledger.txt").touch()
    orders.post_bill("Bill 8", str(tmp_path))
    assert (tmp_path / "letterbox.txt").read_text() == "Bill 7\nBill 8\n"
    assert (tmp_path / "ledger.txt").read_text() == "posted: Bill 8\n"


@pytest.fixture
def started():
    nightly.started.clear()
    yield nightly.started
    nightly.started.clear()


def test_each_start_of_a_step_is_counted_also_one_that_fails(started, tmp_path):
    with pytest.raises(FileNotFoundError, match="no notice board"):
        nightly.whole_night(str(tmp_path / "nowhere"))
    assert nightly.whole_night(str(tmp_path)) == "7 lines published"
    assert (tmp_path / "report.txt").read_text() == weather.report(
        weather.process(weather.extract())
    )
    assert started == {"extract": 2, "process": 2, "report": 2, "publish": 2}


@pytest.mark.parametrize(
    ("rain", "spell"),
    [
        ([], {"days": 0, "from": None}),
        ([1.0], {"days": 0, "from": None}),
        ([0.0, 0.0, 1.0, 0.0], {"days": 2, "from": "day 0"}),
        ([0.0, 1.0, 0.0, 0.0], {"days": 2, "from": "day 2"}),
    ],
)
def test_the_longest_dry_spell_is_found_wherever_it_is(rain, spell):
    days = [{"date": f"day {n}", "precipitation": mm} for n, mm in enumerate(rain)]
    assert nightly.dry_spell(days) == spell


def test_both_analyses_are_stored(tmp_path):
    name = nightly.store({"2012": {"days": 366}}, {"days": 2, "from": "day 1"}, str(tmp_path))
    assert '"dry spell": {"days": 2, "from": "day 1"}' in (tmp_path / name).read_text()
    assert os.listdir(tmp_path) == [name]
