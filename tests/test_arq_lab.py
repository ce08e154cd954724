"""ARQ in the lab: its own client and worker, and a Run that tells what they did."""

import asyncio

from arq import Retry

from lesson_code.lab import work_arq


async def first(ctx, number):
    await ctx["redis"].enqueue_job("second", number + 1, _job_id="second")
    return number


async def second(ctx, number):
    return number * 10


async def bad(ctx):
    raise ValueError("no")


async def again(ctx):
    if ctx["job_try"] < 3:
        raise Retry
    return ctx["job_try"]


async def meet(ctx):
    await asyncio.wait_for(ctx["barrier"].wait(), timeout=2)


class WorkerSettings:
    functions = (first, second, bad, again, meet)


def run(lab, *jobs, **options):
    """Enqueue ("name", *args) each under its name, let a worker work, return the Run."""

    async def main():
        pool = lab.arq()
        for name, *args in jobs:
            await pool.enqueue_job(name, *args, _job_id=name)
        try:
            return await work_arq(pool, WorkerSettings, **options)
        finally:
            await pool.aclose()

    return asyncio.run(main())


def test_a_task_can_enqueue_the_next_and_the_graph_shows_it(lab):
    done = run(lab, ("first", 1))
    assert done.order == ["first", "second"]
    assert done["second"].after == ("first",)
    assert (done["first"].result, done["second"].result) == (1, 20)
    assert set(done.states.values()) == {"complete"}


def test_a_failure_is_told_though_arq_calls_it_complete(lab):
    done = run(lab, ("bad",))
    assert done.states == {"bad": "complete, failed"}
    assert done["bad"].error == "ValueError: no"


def test_each_try_is_an_event(lab):
    done = run(lab, ("again",))
    assert done.order == ["again"] * 3
    assert done["again"].result == 3


def test_an_unknown_function_fails_its_job(lab):
    done = run(lab, ("nobody",))
    assert done["nobody"].error == "JobExecutionFailed: function 'nobody' not found"


def test_jobs_of_one_worker_overlap(lab):
    async def main():
        pool = lab.arq()
        for n in range(3):
            await pool.enqueue_job("meet", _job_id=f"meet-{n}")
        done = await work_arq(pool, WorkerSettings, ctx={"barrier": asyncio.Barrier(3)})
        await pool.aclose()
        return done

    done = asyncio.run(main())
    assert set(done.states.values()) == {"complete"}
    assert {event.worker for event in done.events} == {"slot-1", "slot-2", "slot-3"}


def test_nothing_of_ours_is_left_but_the_record_of_who_enqueued_whom(lab):
    run(lab, ("first", 1))
    assert lab.redis.keys("lesson:arq:*") == [b"lesson:arq:enqueued-by"]
    lab.empty()
    assert lab.redis.keys("lesson:arq:*") == []
