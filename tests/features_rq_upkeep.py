"""The features of RQ beside its queues: schedules, groups, maintenance, orders, cron and limits."""

import time
from datetime import UTC, datetime, timedelta
from inspect import signature

from rq import Queue, Repeat, Retry, SimpleWorker, command, cron, suspension
from rq.group import Group
from rq.scheduler import RQScheduler

from tests.features_rq import fails, fine, work

try:
    from rq.rate_limit import RateLimit
except ImportError:  # RQ 2.12 has none
    RateLimit = None

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def later(queue: Queue) -> None:
    queue.enqueue_at(LONG_AGO, fine, job_id="overdue")
    queue.enqueue_in(timedelta(hours=1), fine, job_id="in_an_hour")
    queue.scheduled_job_registry.remove("in_an_hour")
    queue.enqueue(fails, retry=Retry(max=1, interval=1))
    queue.enqueue(fine, repeat=Repeat(1, interval=1))
    work(queue, burst=True)
    scheduler = RQScheduler([queue], queue.connection, logging_level="CRITICAL")
    scheduler.acquire_locks()
    scheduler.enqueue_scheduled_jobs()
    scheduler.heartbeat()
    scheduler.release_locks()
    work(queue, burst=True, with_scheduler=True)


def groups(queue: Queue) -> None:
    group = Group.create(queue.connection)
    group.enqueue_many(queue, [Queue.prepare_data(fine)])
    work(queue, burst=True)
    assert group.get_jobs() and Group.all(queue.connection)
    Group.clean_registries(queue.connection)
    group.cleanup()


def maintenance(queue: Queue) -> None:
    worker = SimpleWorker([queue], connection=queue.connection, name="crashed")
    for name in ("crashed", "taken"):
        queue.enqueue(fine, job_id=name, retry=Retry(max=1))
    worker.register_birth()
    job, _ = worker.dequeue_job_and_maintain_ttl(timeout=1)
    execution = worker.prepare_execution(job)
    worker.prepare_job_execution(job, remove_from_intermediate_queue=True)
    given = (
        {"execution": execution}
        if "execution" in signature(worker.maintain_heartbeats).parameters
        else {}
    )
    worker.maintain_heartbeats(job, **given)
    queue.started_job_registry.cleanup(time.time() + 1000)
    worker.dequeue_job_and_maintain_ttl(timeout=1)
    queue.intermediate_queue.cleanup(worker, queue)
    worker.clean_registries()
    worker.run_maintenance_tasks()
    worker.register_death()
    for registry in (queue.failed_job_registry, queue.deferred_job_registry):
        registry.cleanup()
        assert registry.get_job_ids() == [] and registry.count == 0
    work(queue, max_idle_time=1)
    work(queue, Queue("low", connection=queue.connection), max_idle_time=1)


def orders(queue: Queue) -> None:
    suspension.suspend(queue.connection, ttl=5)
    assert suspension.is_suspended(queue.connection)
    suspension.resume(queue.connection)
    worker = SimpleWorker([queue], connection=queue.connection)
    worker.register_birth()
    worker.subscribe()
    command.send_shutdown_command(queue.connection, "another worker")
    worker.unsubscribe()
    worker.register_death()


def by_cron(queue: Queue) -> None:
    scheduler = cron.CronScheduler(connection=queue.connection, logging_level="CRITICAL")
    scheduler.register(fine, queue.name, interval=1)
    scheduler.register_birth()
    scheduler.enqueue_jobs()
    scheduler.heartbeat()
    assert cron.CronScheduler.all(queue.connection)
    scheduler.register_death()


def limits(queue: Queue) -> None:
    for _ in range(3 if RateLimit else 0):
        queue.enqueue(fine, rate_limit=RateLimit(key="ours", concurrency=1))
    work(queue, burst=True)


FEATURES = [later, groups, maintenance, orders, by_cron, limits]
