"""ARQ in the lab: its own client and worker, and a Run that tells what they did."""

import asyncio
import json

import pytest
from arq import ArqRedis, Retry, func
from arq.connections import log_redis_info
from redis.asyncio.client import Pipeline

from lesson_code.lab import Lab, work_arq
from lesson_code.lab.engines.arq import EVENTS
from lesson_code.lab.engines.arq_workers import RecordingArqWorker


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
    await asyncio.wait_for(ctx["barrier"].wait(), timeout=60)


async def later(ctx):
    if ctx["job_try"] == 1:
        raise Retry(defer=0.01)


async def unkept(ctx):
    pass


async def stop(ctx):
    ctx["sigterm"].set()
    await asyncio.sleep(60)


class WorkerSettings:
    functions = (first, second, bad, again, meet, later, func(unkept, keep_result=0), stop)


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


# The end of a job and the note of it are one.


@pytest.fixture
def strokes(monkeypatch):
    """All transactions that are executed: of each its commands, in order."""
    seen = []
    execute = Pipeline.execute

    async def executing(self, *args, **kwargs):
        commands = [" ".join(map(str, command[0][:3])) for command in self.command_stack]
        answers = await execute(self, *args, **kwargs)
        seen.append(commands)
        return answers

    monkeypatch.setattr(Pipeline, "execute", executing)
    return seen


def note(slot, job, what):
    return f"RPUSH {EVENTS} " + json.dumps([slot, job, what])


def the_stroke_with(strokes, command):
    (stroke,) = [one for one in strokes if command in one]
    return stroke


def test_start_and_end_are_noted_in_the_transaction_that_makes_them(lab, strokes):
    run(lab, ("first", 1))
    for job in ("first", "second"):
        start = the_stroke_with(strokes, note("slot-1", job, "started"))
        assert any(command.startswith(f"PSETEX arq:in-progress:{job}") for command in start)
        end = the_stroke_with(strokes, note("slot-1", job, "complete"))
        assert any(command.startswith(f"SET arq:result:{job}") for command in end)


def test_a_failure_and_another_try_are_noted_so_too(lab, strokes):
    run(lab, ("bad",), ("nobody",), ("later",))
    for job in ("bad", "nobody"):
        (end,) = [one for one in strokes if any(f'"{job}", "complete, failed"' in c for c in one)]
        assert any(command.startswith(f"SET arq:result:{job}") for command in end)
    (put_off,) = [one for one in strokes if any('"later", "deferred"' in c for c in one)]
    assert any(command.startswith("ZINCRBY arq:queue") for command in put_off)


def test_who_enqueued_whom_is_noted_in_the_transaction_that_enqueues(lab, strokes):
    run(lab, ("first", 1))
    stroke = the_stroke_with(strokes, "HSET lesson:arq:enqueued-by second")
    assert any(command.startswith("PSETEX arq:job:second") for command in stroke)


def test_each_way_to_end_has_its_word(lab):
    done = run(lab, ("first", 1), ("bad",), ("nobody",), ("again",), ("later",), ("unkept",))
    ends = {}
    for event in done.events:
        ends.setdefault(event.job, []).append(event.what)
    once = ["started"]
    assert ends == {
        "first": [*once, "complete"],
        "second": [*once, "complete"],
        "bad": [*once, "complete, failed"],
        "nobody": [*once, "complete, failed"],
        "again": [*once, "queued", *once, "queued", *once, "complete"],
        "later": [*once, "deferred", *once, "complete"],
        "unkept": [*once, "not_found"],
    }


def test_a_job_that_sigterm_cancels_is_noted_as_queued(lab):
    async def main():
        pool, sigterm = lab.arq(), asyncio.Event()
        await pool.enqueue_job("stop", _job_id="stop")
        ctx = {"sigterm": sigterm}
        done = await work_arq(pool, WorkerSettings, ctx=ctx, sigterm=sigterm)
        await pool.aclose()
        return done

    assert [event.what for event in asyncio.run(main()).events] == ["started", "queued"]


def test_many_workers_never_contradict_each_other(lab):
    async def main():
        pool = lab.arq()
        for n in range(30):
            await pool.enqueue_job("again" if n % 3 else "bad", _job_id=f"job-{n}")
        done = await work_arq(pool, *[WorkerSettings] * 4, max_jobs=3)
        await pool.aclose()
        return done

    running = {}
    for event in asyncio.run(main()).events:
        if event.what == "started":
            assert event.job not in running and event.worker not in running.values()
            running[event.job] = event.worker
        else:
            assert running.pop(event.job) == event.worker
    assert running == {}


@pytest.mark.parametrize("hook", ["finish_job", "run_job", "start_jobs", "heart_beat", "_note"])
def test_an_error_of_a_worker_reaches_the_cell(lab, monkeypatch, hook):
    def breaks(*args, **kwargs):
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(RecordingArqWorker, hook, breaks)
    with pytest.raises(ZeroDivisionError, match="a bug of ours"):
        run(lab, ("first", 1))


def test_an_error_on_the_way_out_reaches_the_cell(lab, monkeypatch):
    async def breaks(*args, **kwargs):
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(RecordingArqWorker, "finish_job", breaks)
    with pytest.raises(ZeroDivisionError, match="a bug of ours"):
        test_a_job_that_sigterm_cancels_is_noted_as_queued(lab)


def test_a_client_that_notes_nothing_is_refused(lab):
    async def main():
        await work_arq(ArqRedis(), WorkerSettings)

    with pytest.raises(TypeError, match=r"give work_arq the client that `lab.arq\(\)` returns"):
        asyncio.run(main())


def test_the_embedded_redis_answers_the_info_that_a_plain_worker_of_arq_asks_for(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    lines, looks_like_info = [], "*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n"

    async def ask(pool: ArqRedis) -> list:
        await pool.set("key", looks_like_info)
        await log_redis_info(pool, lines.append)  # ARQ's own: the lab replaces that of its workers
        async with pool.pipeline(transaction=False) as pipe:
            pipe.info("server")
            pipe.set("other", looks_like_info)
            pipe.mget("key", "other")
            answers = await pipe.execute()
        await pool.aclose()
        return answers

    info, _, kept = asyncio.run(ask(Lab().arq()))
    assert lines == ["redis_version=7.0.15 mem_usage=? clients_connected=? db_keys=1"]
    assert info["redis_version"] == Lab().redis.info("server")["redis_version"] == "7.0.15"
    assert kept == [looks_like_info.encode()] * 2
