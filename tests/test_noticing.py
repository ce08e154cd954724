"""The time until a worker notices a crash, and the job that is in no queue."""

import asyncio
import gc
from dataclasses import replace

from rq import Queue, Retry

from lesson_code.examples import rq_stories
from lesson_code.lab import work
from lesson_code.lab.stage import every_crash, play
from lesson_code.lab.stage.noticing import (
    crash_at_work,
    seconds_until_noticed,
    seconds_until_noticed_arq,
)
from lesson_code.with_rq.audit import enqueue_again, find_orphaned_jobs
from lesson_code.worlds import shop
from tests.sampling import proof
from tests.stories import STEPS

TWO = rq_stories.TWO_QUEUES


def test_an_idle_rq_worker_notices_at_its_second_look():
    assert seconds_until_noticed() == 2 * 405
    assert seconds_until_noticed(maintenance_interval=60) == 405
    assert seconds_until_noticed(worker_ttl=60) == 14 * 45
    assert seconds_until_noticed(maintenance_interval=60, worker_ttl=60) == 90


def test_an_arq_worker_notices_when_the_key_is_gone():
    assert seconds_until_noticed_arq() == 300 + 10
    assert seconds_until_noticed_arq(job_timeout=20) == 20 + 10


def test_arq_stories_are_played_where_a_loop_is_running_and_leave_nothing_to_complain_of():
    """As in a notebook."""
    complaints = []

    async def notebook():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
        assert every_crash(STEPS) == without_a_loop
        gc.collect()

    without_a_loop = every_crash(STEPS)
    asyncio.run(notebook())
    assert complaints == []


def test_whoever_dies_at_work_leaves_a_started_job(queue):
    job = queue.enqueue(shop.charge, "A7", job_id="charge")
    crash_at_work(queue)
    assert queue.started_job_registry.get_job_ids(cleanup=False) == ["charge"]
    assert (len(queue), queue.intermediate_queue.get_job_ids()) == (0, [])
    assert job.get_status() == "started"


def test_an_audit_finds_the_job_that_is_nowhere(lab):
    high, low = (Queue(name, connection=lab.redis) for name in ("high", "low"))
    for name in ("lost", "queued"):
        high.enqueue(shop.charge, name, job_id=name)
    low.enqueue(shop.charge, "started", job_id="started", retry=Retry(max=1))
    crash_at_work(low)
    lab.redis.lpop(high.key)
    assert find_orphaned_jobs(lab.redis) == ["lost"]
    enqueue_again(lab.redis, ["lost"])
    assert find_orphaned_jobs(lab.redis) == []
    assert work(lab).states == {"lost": "finished", "queued": "finished", "started": "started"}


@proof
def test_a_repair_is_a_part_of_the_story():
    lost = [fate.token for fate in every_crash(TWO).fates if fate.kind == "lost"]
    assert len(lost) == 13

    def repair(high: Queue, low: Queue) -> None:
        enqueue_again(high.connection, find_orphaned_jobs(high.connection))

    repaired = replace(TWO, repair=repair)
    assert {play(repaired, token).kind for token in lost} == {"unharmed"}
