"""The practices hold: effects happen once, and a finished computation is not repeated."""

import asyncio
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from arq.constants import in_progress_key_prefix
from arq.worker import Worker as ArqWorker
from rq import Queue, Retry, Worker
from rq.job import Dependency, Job, JobStatus
from rq.scheduler import RQScheduler

from lesson_code.examples import any_queue, arq_till, rq_till, rq_weather
from lesson_code.lab import work, work_arq
from lesson_code.lab.stage.noticing import crash_at_work
from lesson_code.lab.stage.simulated_crash import crash_after
from lesson_code.patterns.checkpoints import InDatabase, InRedis, run_steps
from lesson_code.patterns.once import once, transaction
from lesson_code.with_arq import health as arq_health
from lesson_code.with_rq import health as rq_health
from lesson_code.worlds import order_files, till

NAMES = [f"{number:02}" for number in range(1, 11)]

DIE_INSIDE = """
import os, sys
from lesson_code.patterns import once
from lesson_code.worlds import till
def charge_and_die(db):
    till.write_charge(db, "A7", 100)
    os._exit(1)
once.once(sys.argv[1], "charge:A7", charge_and_die)
"""
DIE_BEFORE_COMMIT = """
import os, sys
from lesson_code.patterns import once
from lesson_code.examples import any_queue
once.json.dumps = lambda result: os._exit(1)  # behind the effect, in front of its key
any_queue.pay_once(sys.argv[1], "A7", 100)
"""
DIE_AFTER = """
import os, sys
from lesson_code.examples import any_queue
any_queue.pay_once(sys.argv[1], "A7", 100)
os._exit(1)
"""


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "shop.db")


@pytest.fixture
def inbox(tmp_path):
    deliver(tmp_path, *set(NAMES) - {"08"})
    return tmp_path


def deliver(inbox, *names):
    for name in names:
        (inbox / f"{name}.txt").write_text("a chair\na table\n")


def reads(inbox):
    return (inbox / "read.log").read_text().split()


def stores(lab, file):
    return InRedis(lab.redis, "monday"), InDatabase(file, "monday")


class WorkerSettings:
    functions = (
        arq_till.pay,
        arq_till.pay_once,
        arq_till.import_with_hash,
        arq_till.import_with_table,
    )


def with_pool(lab, coroutine):
    async def main():
        pool = lab.arq()
        try:
            return await coroutine(pool)
        finally:
            await pool.aclose()

    return asyncio.run(main())


def in_arq(lab, *job, **options):
    """Enqueue one ARQ job, let a worker work, return the Run."""

    async def enqueue_and_work(pool):
        await pool.enqueue_job(*job, **options)
        return await work_arq(pool, WorkerSettings)

    return with_pool(lab, enqueue_and_work)


def test_an_effect_is_done_once_and_its_first_result_is_given_again(file):
    assert [any_queue.pay_once(file, "A7", 100) for _ in range(3)] == ["receipt 1"] * 3
    assert any_queue.pay_once(file, "A8", 100) == "receipt 2"
    assert till.charges(file) == [("A7", 100), ("A8", 100)]


def test_a_falsy_result_is_remembered_too(file):
    calls = []
    for _ in range(2):
        assert once(file, "key", lambda db: calls.append(1)) is None
    assert calls == [1]


def test_an_effect_that_fails_leaves_nothing_and_may_be_tried_again(file):
    with pytest.raises(ValueError, match="cannot charge 0"):
        once(file, "charge:A7", till.write_charge, "A7", 0)
    assert till.charges(file) == []
    assert once(file, "charge:A7", till.write_charge, "A7", 100) == "receipt 1"


@pytest.mark.parametrize(
    "program",
    [DIE_INSIDE, DIE_BEFORE_COMMIT, DIE_AFTER],
    ids=["in the effect", "before its key", "after both"],
)
def test_wherever_a_process_dies_the_next_run_makes_it_one_charge(file, program):
    assert subprocess.run([sys.executable, "-c", program, file]).returncode == 1
    assert any_queue.pay_once(file, "A7", 100) == "receipt 1"
    assert till.charges(file) == [("A7", 100)]


def test_many_at_once_charge_once(file):
    def charge_slowly(db):
        time.sleep(0.02)  # so that the others come in the meantime
        return till.write_charge(db, "A7", 100)

    once(file, "charge:A1", till.write_charge, "A1", 100)
    with ThreadPoolExecutor(8) as people:
        receipts = people.map(lambda _: once(file, "charge:A7", charge_slowly), range(16))
        assert set(receipts) == {"receipt 2"}
    assert till.charges(file) == [("A1", 100), ("A7", 100)]


def test_the_bank_charges_once_for_each_key(file):
    for key in ["one", "one", "two", None]:
        any_queue.ask_bank(file, "A7", 100, key)
    assert len(till.charges(file)) == 3


def test_a_block_that_raises_takes_back_what_it_wrote(file):
    with pytest.raises(KeyError), transaction(file) as db:
        till.write_charge(db, "A7", 100)
        raise KeyError
    assert till.charges(file) == []


@pytest.mark.parametrize(
    ("task", "charged"), [(till.pay, 2), (any_queue.pay_once, 1)], ids=["naive", "once"]
)
def test_in_rq_a_second_attempt_doubles_what_has_no_key(lab, queue, file, task, charged):
    queue.enqueue(crash_after, task, file, "A7", 100, retry=Retry(max=1), job_id="pay")
    assert work(lab).order == ["pay", "pay"]
    assert len(till.charges(file)) == charged


@pytest.mark.parametrize(("task", "charged"), [("pay", 2), ("pay_once", 1)])
def test_in_arq_a_second_attempt_doubles_what_has_no_key(lab, file, task, charged):
    run = in_arq(lab, task, file, "A7", 100, _job_id="pay")
    assert run.order == ["pay", "pay"]
    assert len(till.charges(file)) == charged


def test_a_key_in_another_store_than_the_effect_can_lose_the_effect(lab, queue, file):
    queue.enqueue(rq_till.pay_key_first, file, "A7", 100, retry=Retry(max=1), job_id="pay")
    assert work(lab)["pay"].result == "was done before"
    assert till.charges(file) == []


def test_checkpoints_are_kept_for_each_run_by_itself(lab, file):
    for store in stores(lab, file):
        store.save("01", {"orders": [1, 2]})
        store.save("01", 3)
        assert store.load() == {"01": 3}
    assert InRedis(lab.redis, "tuesday").load() == {}
    assert InDatabase(file, "tuesday").load() == {}
    assert 0 < lab.redis.ttl("checkpoints:monday") <= 24 * 60 * 60


def test_steps_that_are_done_are_not_done_again(lab, file):
    for store in stores(lab, file):
        calls = []

        def work_on(step, calls=calls):
            calls.append(step)
            if calls.count("08") == 1 and step == "08":
                raise ValueError("late")
            return int(step)

        with pytest.raises(ValueError, match="late"):
            run_steps(NAMES, work_on, store)
        assert list(store.load()) == NAMES[:7]
        assert sum(run_steps(NAMES, work_on, store).values()) == 55
        assert calls == [*NAMES[:8], *NAMES[7:]]


@pytest.mark.parametrize("store", ["naive", "hash", "table"])
def test_in_rq_an_import_goes_on_where_it_stopped(lab, queue, inbox, file, store):
    task, *more = {
        "naive": (order_files.import_all,),
        "hash": (rq_till.import_with_hash, "monday"),
        "table": (any_queue.import_with_table, file, "monday"),
    }[store]
    job = queue.enqueue(task, str(inbox), NAMES, *more, job_id="import")
    assert work(lab)["import"].error == "FileNotFoundError: 08.txt has not arrived"
    assert reads(inbox) == NAMES[:7]
    deliver(inbox, "08")
    job.requeue()
    assert work(lab)["import"].result == 20
    assert reads(inbox) == (NAMES[:7] + NAMES if store == "naive" else NAMES)


@pytest.mark.parametrize("store", ["hash", "table"])
def test_in_arq_an_import_goes_on_where_it_stopped(lab, inbox, file, store):
    job = (f"import_with_{store}", str(inbox), NAMES, *([file] if store == "table" else []))
    run = in_arq(lab, *job, "monday", _job_id="first")
    assert run["first"].error == "FileNotFoundError: 08.txt has not arrived"
    deliver(inbox, "08")
    run = in_arq(lab, *job, "monday", _job_id="second")
    assert run["second"].result == 20
    assert reads(inbox) == NAMES


def test_rq_and_arq_leave_the_same_checkpoints(lab, queue, inbox):
    deliver(inbox, "08")
    queue.enqueue(rq_till.import_with_hash, str(inbox), NAMES, "rq", job_id="import")
    work(lab)
    in_arq(lab, "import_with_hash", str(inbox), NAMES, "arq", _job_id="import")
    assert InRedis(lab.redis, "rq").load() == InRedis(lab.redis, "arq").load()
    assert 0 < lab.redis.ttl("checkpoints:arq") <= 24 * 60 * 60


def test_results_that_have_expired_are_missing_from_a_sum(lab, queue, inbox):
    for ttl, total in (0, 0), (60, 4):
        lab.empty()
        counts = [
            queue.enqueue(order_files.count_orders, str(inbox), name, result_ttl=ttl)
            for name in NAMES[:2]
        ]
        queue.enqueue(rq_till.add_up, depends_on=counts, job_id="sum")
        assert work(lab)["sum"].result == total


def test_the_health_of_a_queue_in_rq(lab, queue):
    now = datetime.now(UTC)
    words = "waiting, minutes waited, taken, started, silent, failed, scheduled, overdue, deferred"
    assert set(rq_health.health(queue, now)) == {
        *words.split(", "),
        "stranded",
        "workers",
        "schedulers",
    }
    assert tells(queue, now) == {}
    pay = queue.enqueue(till.pay, "", "A7", 0, job_id="pay")
    queue.enqueue(till.ship, "A7", depends_on=pay)
    work(lab)
    queue.enqueue(till.ship, "A8")
    queue.connection.lpush(queue.intermediate_queue.key, "taken")
    assert tells(queue, now + timedelta(minutes=30)) == {
        "waiting": 1,
        "minutes waited": 30,
        "taken": 1,
        "failed": 1,
        "deferred": 1,
        "stranded": 1,
    }


def tells(queue, now) -> dict[str, int]:
    """Return those of the numbers that are not 0."""
    return {what: number for what, number in rq_health.health(queue, now).items() if number}


def test_a_scheduled_job_is_overdue_when_no_scheduler_has_taken_it(lab, queue):
    now = datetime.now(UTC)
    queue.enqueue_in(timedelta(minutes=5), till.ship, "A7")
    assert tells(queue, now) == {"scheduled": 1}
    assert tells(queue, now + timedelta(minutes=5, seconds=30)) == {"scheduled": 1}
    assert tells(queue, now + timedelta(minutes=7)) == {"scheduled": 1, "overdue": 1}
    assert rq_health.queues_without_workers(lab.redis) == ["default"]
    scheduler = RQScheduler([queue], connection=queue.connection)
    scheduler.acquire_locks()
    assert tells(queue, now) == {"scheduled": 1, "schedulers": 1}
    scheduler.release_locks()


def test_workers_are_counted_until_they_stop_or_their_keys_expire(lab, queue):
    other = Queue("other", connection=lab.redis)
    first = queue.enqueue(till.ship, "A7")
    other.enqueue(till.ship, "A8", depends_on=first)
    both, one = (Worker(queues, connection=lab.redis) for queues in ([queue, other], [queue]))
    assert rq_health.queues_without_workers(lab.redis) == ["default", "other"]
    both.register_birth()
    one.register_birth()
    counted = [rq_health.health(each, datetime.now(UTC))["workers"] for each in (queue, other)]
    assert counted == [2, 1]
    assert rq_health.queues_without_workers(lab.redis) == []
    lab.redis.delete(both.key)  # as when it expires after a crash: Redis still lists the worker
    assert lab.redis.sismember("rq:workers:other", both.key)
    assert Worker.count(queue=other) == 1
    assert rq_health.queues_without_workers(lab.redis) == ["other"]
    one.register_death()
    assert tells(queue, datetime.now(UTC)) == {"waiting": 1}


def states_of_dependencies(queue) -> dict[str, Job]:
    """Return a job in each state in which a dependency can be; "gone" is not in Redis any more."""
    found = {name: queue.enqueue(till.ship, name, job_id=name) for name in ENDS}
    found["finished"].set_status(JobStatus.FINISHED)
    found["failed"].set_status(JobStatus.FAILED)
    found["stopped"].set_status(JobStatus.STOPPED)
    found["canceled"].set_status(JobStatus.CANCELED)
    return found


ENDS = ("finished", "failed", "stopped", "canceled", "gone", "queued")


@pytest.mark.parametrize("allow_failure", [False, True])
@pytest.mark.parametrize("one, other", [*combinations(ENDS, 2)])
def test_a_job_is_stranded_just_if_nothing_releases_it(lab, queue, one, other, allow_failure):
    found = states_of_dependencies(queue)
    on = Dependency([found[one], found[other]], allow_failure=allow_failure)
    job = queue.enqueue(till.ship, "A7", depends_on=on, job_id="dependent")
    if job.get_status() == JobStatus.QUEUED:  # both were met
        return
    found["gone"].delete()
    told = rq_health.health(queue, datetime.now(UTC))
    for name in ENDS:  # whatever is still queued runs now
        if (job := queue.fetch_job(name)) and job.get_status() == JobStatus.QUEUED:
            job.set_status(JobStatus.FINISHED)
            queue.enqueue_dependents(job)
    still = queue.fetch_job("dependent").get_status() == JobStatus.DEFERRED
    assert (told["deferred"], told["stranded"]) == (1, int(still))


def test_the_health_of_a_queue_of_which_jobs_are_gone_or_begun(lab, queue):
    for name in ("gone", "begun", "next"):
        queue.enqueue(till.ship, name, job_id=name)
    queue.fetch_job("gone").delete(remove_from_queue=False)
    told = rq_health.health(queue, datetime.now(UTC))
    assert (told["waiting"], told["minutes waited"]) == (3, 0)
    work_at = queue.get_job_ids().index("begun")
    queue.connection.lrem(queue.key, 1, "gone")
    assert work_at == 1 and crash_at_work(queue).id == "begun"
    told = rq_health.health(queue, datetime.now(UTC) + timedelta(minutes=5))
    assert (told["waiting"], told["started"], told["silent"]) == (1, 1, 1)


def test_the_health_of_a_queue_in_arq(lab):
    async def health(pool):
        now = datetime.now(UTC)
        before = await arq_health.health(pool, now)
        await pool.enqueue_job("pay", "", "A7", 0, _job_id="pay")
        await work_arq(pool, WorkerSettings)
        await pool.enqueue_job("pay_once", _job_id="waiting")
        await pool.enqueue_job("pay_once", _job_id="later", _defer_by=3600)
        await pool.enqueue_job("pay_once", _job_id="runs")
        await pool.psetex(in_progress_key_prefix + "runs", 10_000, "1")
        return before, await arq_health.health(pool, now + timedelta(days=30))

    before, after = with_pool(lab, health)
    assert set(before.values()) == {0}
    month = 30 * 24 * 60
    assert after == {
        "waiting": 2,
        "minutes waited": month,
        "running": 1,
        "deferred": 0,
        "worker seen": 0,
    }


def test_the_health_of_another_queue_in_arq_and_of_its_workers(lab):
    async def health(pool):
        now = datetime.now(UTC) + timedelta(minutes=1)
        await pool.enqueue_job("ship", "A7", _queue_name="slow")
        worker = ArqWorker(functions=[asyncio.sleep], redis_pool=pool, queue_name="slow")
        await worker.record_health()
        return [await arq_health.health(pool, now, *name) for name in ([], ["slow"])]

    default, slow = with_pool(lab, health)
    assert (default["waiting"], default["worker seen"]) == (0, 0)
    assert (slow["waiting"], slow["worker seen"]) == (1, 1)


def test_a_name_stands_for_its_data():
    assert set(rq_weather.weather_by_name("seattle-weather.csv")) == {
        "2012",
        "2013",
        "2014",
        "2015",
    }
