"""What docs/take_home.md says that RQ and ARQ leave to you: an untrue row fails here."""

import asyncio
import sys
from unittest import mock

import pytest
from redis.asyncio import Redis
from rq import Queue, SimpleWorker
from rq.group import Group
from rq.job import Dependency
from rq.results import Result

from lesson_code.with_rq.parallel import pass_available_results
from lesson_code.worlds import tasks
from tests import jobs, real


def burst(queue: Queue) -> None:
    worker = SimpleWorker([queue], connection=queue.connection)
    worker.work(burst=True, logging_level="CRITICAL")


@pytest.mark.parametrize(("part", "runs"), [((jobs.fail,), 2), ((jobs.give, "a"), 1)])
def test_parts_that_fail_at_the_same_moment_enqueue_a_fan_in_twice(queue, monkeypatch, part, runs):
    """The second worker runs its part while the first one is about to enqueue the dependents."""
    really = Queue.enqueue_dependents

    def enqueue_dependents(self, job, *args, **kwargs):
        monkeypatch.setattr(Queue, "enqueue_dependents", really)
        burst(queue)
        return really(self, job, *args, **kwargs)

    parts = Dependency([queue.enqueue(*part) for _ in range(2)], allow_failure=True)
    fan_in = queue.enqueue(pass_available_results, tasks.join, depends_on=parts)
    monkeypatch.setattr(Queue, "enqueue_dependents", enqueue_dependents)
    burst(queue)
    assert Result.count(fan_in) == runs


@pytest.mark.parametrize(("failure_ttl", "state"), [(0, "deferred"), (60, "finished")])
def test_a_job_of_which_nothing_is_kept_has_no_fallback(queue, failure_ttl, state):
    job = queue.enqueue(jobs.fail, failure_ttl=failure_ttl)
    fallback = queue.enqueue(jobs.give, "b", depends_on=Dependency(job, allow_failure=True))
    burst(queue)
    assert fallback.get_status() == state


WAYS = {
    "plain": (False, lambda queue, plan, pipe: queue.enqueue_many([plan()], pipe)),
    "dependent": (True, lambda queue, plan, pipe: queue.enqueue_many([plan(["a"])], pipe)),
    "group": (True, lambda queue, plan, pipe: Group(pipe).enqueue_many(queue, [plan()], pipe)),
}


@pytest.mark.parametrize("way", WAYS)
def test_enqueue_many_with_a_dependency_executes_your_transaction(queue, way):
    written, enqueue = WAYS[way]
    queue.enqueue(jobs.give, "a", job_id="a")
    with queue.connection.pipeline() as pipe:
        pipe.set("order", "A7")
        enqueue(
            queue, lambda after=None: Queue.prepare_data(jobs.give, ("b",), depends_on=after), pipe
        )
        assert bool(queue.connection.exists("order")) == written


@real.real
@pytest.mark.parametrize("socket_timeout", [5, None])
def test_a_client_with_a_socket_timeout_loses_a_cancellation(real_lab, socket_timeout):
    """ARQ's timeout cancels a task once; here this comes just as a command has been written."""
    drain = asyncio.StreamWriter.drain

    async def task():
        async with Redis.from_url(real_lab.url, socket_timeout=socket_timeout) as redis:
            await redis.ping()
            me = asyncio.current_task()

            async def drain_and_cancel(writer):
                await drain(writer)
                asyncio.get_running_loop().call_soon(me.cancel)

            with mock.patch.object(asyncio.StreamWriter, "drain", drain_and_cancel):
                await redis.ping()
            return "goes on"

    loses = socket_timeout is not None and sys.version_info < (3, 12)
    if loses:
        assert asyncio.run(task()) == "goes on"
    else:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(task())
