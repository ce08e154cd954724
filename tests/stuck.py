"""Situations in a Redis, made by real workers, kills and settings: stuck ones, and healthy ones.

Each is a function of a `Scene`. A stuck one returns the code of the reason, the ids that are stuck
for it, and words that the sentence has to contain.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import arq.worker
import rq
from arq import Retry as ArqRetry
from arq import Worker, create_pool
from arq.connections import RedisSettings
from arq.jobs import Job as ArqJob
from redis import Redis
from rq import Queue, Retry, SimpleWorker
from rq.command import send_stop_job_command
from rq.job import Dependency, Job, JobStatus
from rq.serializers import JSONSerializer
from rq.suspension import suspend

from tests.patience import until
from tools import lesson

BIN = Path(sys.executable).parent
LONG = 3_600  # seconds: longer than any test


# Tasks.


def ok(value=None):
    return value


def fail(message="no card"):
    raise ValueError(message)


def run_long():
    time.sleep(LONG)


async def arq_ok(ctx, value=None):
    return value


async def arq_again(ctx):
    raise ArqRetry(defer=LONG)


async def arq_run_long(ctx):
    await asyncio.sleep(LONG)


# Workers that are killed at a certain place.


def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


class KilledAsItTakes(rq.Worker):
    """It is killed right after it has taken a job out of the queue."""

    execute_job = die


class KilledAsItReleases(SimpleWorker):
    """It is killed when a failure is noted, before its dependents are released."""

    def handle_job_failure(self, *args, **kwargs):
        with mock.patch.object(Queue, "enqueue_dependents", die):
            super().handle_job_failure(*args, **kwargs)


class KilledAsItEnqueues(SimpleWorker):
    """It is killed when the dependents are ready, before they are in their queue (RQ 3)."""

    def perform_job(self, *args, **kwargs):
        with mock.patch("rq.registry.ReadyJobRegistry.enqueue_jobs", die):
            return super().perform_job(*args, **kwargs)


class KilledAsItGivesBack(SimpleWorker):
    """It is killed when its job has finished, before it gives the slot back (RQ 3)."""

    def perform_job(self, *args, **kwargs):
        with mock.patch("rq.worker.base.release_slot", die):
            return super().perform_job(*args, **kwargs)


class Ahead(SimpleWorker):
    """Its clock is two minutes ahead."""

    def work(self, *args, **kwargs):
        ahead = lambda: int(time.time()) + 120  # noqa: E731
        with mock.patch("rq.registry.current_timestamp", ahead):
            return super().work(*args, **kwargs)


class Long:
    """Settings for `arq`: a worker that is busy with one job."""

    functions = [arq_ok, arq_run_long]  # noqa: RUF012
    redis_settings = RedisSettings(
        unix_socket_path=os.environ.get("STUCK_SOCKET"), database=int(os.environ.get("STUCK_DB", 0))
    )
    queue_name = os.environ.get("STUCK_QUEUE", "arq:queue")

    @staticmethod
    async def on_startup(ctx):
        if clock := int(os.environ.get("STUCK_CLOCK", 0)):
            arq.worker.timestamp_ms = lambda: int((time.time() + clock) * 1000)

    poll_delay = 0.01


class Scene:
    """An empty database of a real server, and workers for it."""

    def __init__(self, socket: str, database: int):
        self.socket, self.database = socket, database
        self.url = f"unix://{socket}?db={database}"
        self.redis = Redis.from_url(self.url)
        self.redis.flushdb()
        self.processes: list[subprocess.Popen] = []

    def close(self) -> None:
        for process in self.processes:
            self.kill(process)
        self.redis.flushdb()
        self.redis.close()

    # RQ

    def queue(self, name="default", **options) -> Queue:
        return Queue(name, connection=self.redis, **options)

    def burst(self, *queues: Queue, **options) -> None:
        """Let a worker run all jobs of these queues, and those that they release."""
        queues = queues or (self.queue(),)
        SimpleWorker(queues, connection=self.redis, **options).work(
            burst=True, logging_level="ERROR"
        )

    def chain(self, *tasks, queue: Queue | None = None, **options) -> list[Job]:
        """Enqueue the tasks as "a", "b", …, each depends on the one before."""
        jobs: list[Job] = []
        for name, task in zip("abcdef", tasks, strict=False):
            after = jobs[-1] if jobs else None
            new = (queue or self.queue()).enqueue(task, job_id=name, depends_on=after, **options)
            jobs.append(new)
            options = {}
        return jobs

    def rq_worker(self, *words: str) -> subprocess.Popen:
        """Start `rq worker` with these words."""
        return self._start([str(BIN / "rq"), "worker", "--url", self.url, "--quiet", *words])

    def arq_worker(self, queue="arq:queue", clock=0) -> subprocess.Popen:
        """Start `arq` for this queue, and wait until its health check is there. Its clock is ahead
        by so many seconds.
        """
        words = [str(BIN / "arq"), "tests.stuck.Long"]
        process = self._start(words, STUCK_QUEUE=queue, STUCK_CLOCK=str(clock))
        until(lambda: self.redis.exists(f"{queue}:health-check"))
        return process

    def _start(self, words: list[str], **env: str) -> subprocess.Popen:
        env |= {"STUCK_SOCKET": self.socket, "STUCK_DB": str(self.database)}
        process = subprocess.Popen(
            words,
            cwd=lesson.PROJECT,
            env={**os.environ, "PYTHONPATH": str(lesson.PROJECT), **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def until_state(self, job: str, state: str) -> None:
        until(lambda: self.redis.hget(f"rq:job:{job}", "status") == state.encode())

    def idle_worker(self, *words: str) -> None:
        """Start `rq worker`, and wait until it is there and idle."""
        self.rq_worker(*words)
        until(lambda: any(self.redis.hget(key, "state") == b"idle" for key in self.workers()))

    def workers(self) -> set[bytes]:
        return self.redis.smembers("rq:workers")

    def limited(self, *names: str, **options) -> None:
        """Enqueue jobs that share a rate limit with one slot (RQ 3)."""
        for name in names:
            limit = rq.RateLimit("api", 1)
            self.queue().enqueue(ok, job_id=name, rate_limit=limit, **options)

    def busy_worker(self, *words: str, **options) -> subprocess.Popen:
        """Start `rq worker` with a job "long" that does not end."""
        self.queue().enqueue(run_long, job_id="long", job_timeout=LONG, **options)
        worker = self.rq_worker(*words or ("default",))
        self.until_state("long", "started")
        return worker

    def forget_workers(self) -> None:
        """Let the time pass after which Redis forgets workers and their runs are late."""
        for key in self.workers():
            self.expire(key)
        for run in self.redis.zrange("rq:wip:default", 0, -1):
            self.redis.zadd("rq:wip:default", {run: time.time() - 1}, xx=True)

    def expire(self, key: str | bytes) -> None:
        """Let the lifetime of a key end."""
        self.redis.pexpire(key, 1)
        until(lambda: not self.redis.exists(key))

    def kill(self, worker: subprocess.Popen) -> None:
        """`kill -9` for a worker and all that it has started; wait until Redis knows of it."""
        if worker.poll() is None:
            for one in _with_descendants(worker.pid):
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
        worker.wait()
        if all(one.poll() is not None for one in self.processes):
            self.redis.connection_pool.disconnect()
            until(lambda: self._connections() == 1)

    def _connections(self) -> int:
        """Count those to our database: Redis could still hand a job to a worker that is dead."""
        return sum(one["db"] == str(self.database) for one in self.redis.client_list())

    # ARQ

    def arq(self, *steps, **options) -> list:
        """Call each step with a pool, and return what they return."""

        async def call():
            settings = RedisSettings(unix_socket_path=self.socket, database=self.database)
            pool = await create_pool(settings, **options)
            try:
                return [await step(pool) for step in steps]
            finally:
                await pool.aclose()

        return asyncio.run(call())

    def arq_burst(self, *functions, **options) -> None:
        """Let a worker run all jobs of a queue."""

        async def work(pool):
            worker = Worker(
                functions, redis_pool=pool, burst=True, handle_signals=False, poll_delay=0.01,
                **options,
            )  # fmt: skip
            await worker.async_run()
            await pool.delete(worker.health_check_key)  # as it does when it leaves

        self.arq(work)


def _with_descendants(process: int) -> list[int]:
    told = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout
    children = [tuple(map(int, line.split())) for line in told.splitlines()]
    found = [process]
    for one in found:
        found += [child for child, parent in children if parent == one]
    return found


@contextmanager
def arq_clock(seconds: float):
    """Let whoever enqueues have a clock that is ahead by so many seconds."""
    with mock.patch("arq.connections.timestamp_ms", lambda: int((time.time() + seconds) * 1000)):
        yield


# Stuck, RQ: a dependency does not release its dependents.


def dependency_failed(scene):
    scene.chain(fail, ok, ok)
    scene.burst()
    return "dependency-failed", {"b"}, ["'a'", "ValueError: no card", "'c' waits for it"]


def dependency_failed_after_its_retries(scene):
    scene.chain(fail, ok, retry=Retry(max=1))
    scene.burst()
    return "dependency-failed", {"b"}, ["no retry left", "ValueError: no card"]


def dependency_was_killed(scene):
    scene.chain(run_long, ok)
    worker = scene.rq_worker("default")
    scene.until_state("a", "started")
    scene.kill(worker)
    scene.forget_workers()
    scene.queue().started_job_registry.cleanup()  # as the maintenance of the next worker does
    return "dependency-failed", {"b"}, ["AbandonedJobError"]


def one_of_many_has_failed(scene):
    q = scene.queue()
    parts = [q.enqueue(ok if n else fail, job_id=f"part-{n}") for n in range(5)]
    q.enqueue(ok, job_id="join", depends_on=parts)
    scene.burst()
    return "dependency-failed", {"join"}, ["'part-0'"]


def dependency_cancelled(scene):
    a, _ = scene.chain(ok, ok)
    a.cancel()
    scene.burst()
    return "dependency-cancelled", {"b"}, ["'a'", "cancelled"]


def a_diamond_after_cancel(scene):
    q = scene.queue()
    a, x = q.enqueue(ok, job_id="a"), q.enqueue(ok, job_id="x")
    q.enqueue(ok, job_id="join", depends_on=[a, x])
    a.cancel(enqueue_dependents=True)
    scene.burst()
    return "dependency-cancelled", {"join"}, ["'a'"]


def dependency_stopped(scene):
    scene.chain(run_long, ok, job_timeout=LONG)
    worker = scene.rq_worker("default")
    scene.until_state("a", "started")
    until(lambda: scene.redis.pubsub_numsub(*scene.redis.pubsub_channels() or ["-"])[0][1])
    send_stop_job_command(scene.redis, "a")
    scene.until_state("a", "stopped")
    scene.kill(worker)
    return "dependency-stopped", {"b"}, ["'a'", "stopped"]


def dependency_deleted(scene):
    a, _ = scene.chain(ok, ok)
    a.delete()
    return "dependency-gone", {"b"}, ["'a'", "no such job"]


def dependency_with_failure_ttl_0(scene):
    a = scene.queue().enqueue(fail, job_id="a", failure_ttl=0)
    scene.queue().enqueue(ok, job_id="b", depends_on=Dependency(a, allow_failure=True))
    scene.burst()
    return "failed-dependency-expired", {"b"}, ["'a'", "failure_ttl", "deletes it at once"]


def dependency_over_its_failure_ttl(scene):
    scene.chain(fail, ok)
    scene.burst()
    for key in ("rq:job:a", "rq:job:a:dependents"):
        if scene.redis.exists(key):
            scene.expire(key)
    return "failed-dependency-expired", {"b"}, ["'a'", "failure_ttl"]


def dependency_over_its_ttl(scene):
    scene.chain(ok, ok, ttl=LONG)
    scene.expire("rq:job:a")
    return "dependency-expired", {"b"}, ["'a'", "expired"]


def dependency_enqueued_again_under_its_id(scene):
    a, _ = scene.chain(ok, ok)
    a.delete()
    scene.queue().enqueue(ok, job_id="a")
    scene.idle_worker("other")
    return "dependency-forgot", {"b"}, ["'a'", "does not know"]


def dependency_never_enqueued(scene):
    q = scene.queue()
    a = q.create_job(ok, job_id="a")
    a.save()
    q.enqueue(ok, job_id="b", depends_on=a)
    return "never-enqueued", {"a"}, ["created", "'b' waits for it"]


def failed_before_it_was_enqueued(scene):
    a = scene.queue().enqueue(fail, job_id="a")
    scene.burst()
    scene.queue().enqueue(ok, job_id="b", depends_on=Dependency(a, allow_failure=True))
    return "left-behind", {"b"}, ["left behind", "'a'"]


def killed_before_it_released(scene):
    a = scene.queue().enqueue(fail, job_id="a")
    scene.queue().enqueue(ok, job_id="b", depends_on=Dependency(a, allow_failure=True))
    scene.rq_worker("default", "--worker-class", "tests.stuck.KilledAsItReleases").wait()
    return "left-behind", {"b"}, ["left behind", "'a'"]


def ready_and_not_enqueued(scene):
    scene.chain(ok, ok)
    scene.rq_worker("default", "--worker-class", "tests.stuck.KilledAsItEnqueues").wait()
    return "left-ready", {"b"}, ["ready to enqueue"]


def killed_before_it_gave_its_slot_back(scene):
    scene.limited("a", "b")
    scene.rq_worker("default", "--worker-class", "tests.stuck.KilledAsItGivesBack").wait()
    return "slot-lost", {"b"}, ["'api'", "'a'", "finished"]


def slot_of_a_job_over_its_ttl(scene):
    scene.limited("a", "b", "c", ttl=LONG)
    scene.queue().enqueue(ok, job_id="after-b", depends_on="b")
    scene.expire("rq:job:a")
    return "slot-lost", {"b", "c"}, ["'api'", "'a'", "gone", "'after-b' waits for them"]


def program_crashed_before_it_took_a_slot(scene):
    with mock.patch("rq.rate_limit.RateLimitRegistry.acquire_and_enqueue", return_value=[]):
        scene.limited("a")
    return "slot-free", {"a"}, ["'api'", "is free"]


def deferred_without_a_dependency(scene):
    scene.queue().create_job(ok, job_id="a", status=JobStatus.DEFERRED).save()
    return "deferred-alone", {"a"}, ["no job"]


# Stuck, RQ: a job waits for a worker or a scheduler.


def queue_without_a_worker(scene):
    scene.idle_worker("defualt")
    scene.chain(ok, ok)
    return "no-worker", {"a"}, ["'default'", "'defualt'", "'b' waits for it"]


def dependency_in_a_queue_without_a_worker(scene):
    scene.idle_worker("default")
    a = scene.queue("low").enqueue(ok, job_id="a")
    scene.queue().enqueue(ok, job_id="b", depends_on=a)
    return "no-worker", {"a"}, ["'low'", "'b' waits for it"]


def worker_was_killed_while_idle(scene):
    worker = scene.rq_worker("default")
    until(lambda: any(scene.redis.hget(key, "state") == b"idle" for key in scene.workers()))
    scene.kill(worker)
    scene.forget_workers()
    scene.chain(ok)
    return "no-worker", {"a"}, ["'default'"]


def workers_suspended(scene):
    scene.idle_worker("default")
    suspend(scene.redis)
    scene.queue().enqueue(ok, job_id="last")  # the worker already waits for it
    scene.until_state("last", "finished")
    scene.chain(ok)
    return "suspended", {"a"}, ["rq suspend"]


def taken_by_a_killed_worker(scene):
    scene.chain(ok, ok)
    scene.rq_worker("default", "--worker-class", "tests.stuck.KilledAsItTakes").wait()
    return "taken", {"a"}, ["'default'", "crashed"]


def taken_by_a_killed_worker_of_two_queues(scene):
    scene.chain(ok, ok)
    scene.rq_worker("high", "default", "--worker-class", "tests.stuck.KilledAsItTakes").wait()
    return "in-no-queue", {"a"}, ["'queued'", "in no queue"]


def queue_was_deleted(scene):
    scene.chain(ok, ok)
    scene.redis.delete("rq:queue:default")
    return "in-no-queue", {"a"}, ["in no queue"]


def worker_is_silent(scene):
    scene.kill(scene.busy_worker())
    scene.forget_workers()
    return "silent", {"long"}, ["'started'", "silent"]


def run_is_forgotten(scene):
    scene.kill(scene.busy_worker())
    scene.forget_workers()
    scene.redis.delete("rq:wip:default")
    return "silent-forgotten", {"long"}, ["no registry"]


def scheduled_without_a_scheduler(scene):
    scene.idle_worker("default")
    scene.queue().enqueue_in(timedelta(seconds=LONG), ok, job_id="a")
    return "no-scheduler", {"a"}, ["no scheduler", "'default'"]


def retry_without_a_scheduler(scene):
    scene.chain(fail, ok, retry=Retry(max=2, interval=60))
    scene.burst()
    return "no-scheduler", {"a"}, ["Retry(interval", "'b' waits for it"]


def scheduler_hangs(scene):
    worker = scene.rq_worker("default", "--with-scheduler")
    until(lambda: scene.redis.exists("rq:scheduler-lock:default"))
    os.killpg(worker.pid, signal.SIGSTOP)
    scene.queue().enqueue_at(datetime.now().astimezone() - timedelta(minutes=5), ok, job_id="a")
    return "overdue", {"a"}, ["5 minutes ago"]


def worker_with_another_serializer(scene):
    scene.chain(ok, queue=scene.queue(serializer=JSONSerializer))
    scene.burst()
    return "not-called", {"a"}, ["serializer"]


def worker_without_the_module(scene):
    scene.chain("shop.of.tomorrow.charge", ok)
    scene.burst()
    return "not-called", {"a"}, ["import the task", "shop.of.tomorrow"]


def waiting_job_over_its_ttl(scene):
    scene.idle_worker("other")
    scene.chain(ok, queue=scene.queue(), ttl=LONG)
    scene.expire("rq:job:a")
    return "expired", {"a"}, ["expired"]


# Stuck, ARQ.


def arq_queue_that_nobody_serves(scene):
    scene.arq_worker()
    scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="a", _queue_name="mail"))
    return "nobody-serves", {"a"}, ["'mail'", "'arq:queue'"]


def arq_worker_left(scene):
    scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="a", _defer_by=LONG))
    return "nobody-serves", {"a"}, ["'arq:queue'"]


def arq_json_without_a_worker(scene):
    enqueue = lambda pool: pool.enqueue_job("arq_ok", _job_id="a")  # noqa: E731
    scene.arq(enqueue, job_serializer=lambda job: json.dumps(job).encode())
    return "nobody-serves", {"a"}, ["'arq:queue'"]


def arq_definition_expired(scene):
    scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="a", _expires=LONG))
    scene.expire("arq:job:a")
    return "definition-expired", {"a"}, ["expired", "'arq:queue'"]


def arq_job_failed_as_expired(scene):
    arq_definition_expired(scene)
    scene.arq_burst(arq_ok)
    return "not-called", {"a"}, ["job expired"]


def arq_worker_was_killed(scene):
    scene.arq(lambda pool: pool.enqueue_job("arq_run_long", _job_id="a"))
    worker = scene.arq_worker()
    until(lambda: scene.redis.exists("arq:in-progress:a"))
    scene.kill(worker)
    scene.expire("arq:queue:health-check")
    return "dead-in-progress", {"a"}, ["crashed", "minutes"]


def arq_worker_was_killed_while_idle(scene):
    scene.kill(scene.arq_worker())
    with arq_clock(-60):
        scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="a"))
    return "not-started", {"a"}, ["crashed", "clock"]


def arq_worker_has_a_slow_clock(scene):
    scene.arq_worker(clock=-300)
    with arq_clock(-2):  # no need to wait until the job is late
        scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="a"))
    return "not-started", {"a"}, ["clock"]


def arq_clock_ahead(scene):
    scene.arq_worker()
    with arq_clock(300):
        scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="a"))
    return "clock-ahead", {"a"}, ["ahead", "minutes"]


def arq_abort_of_an_unknown_job(scene):
    scene.arq(lambda pool: _abort(pool, "a"))
    return "abort-mark", {"a"}, ["next job with that id"]


def arq_abort_waits_for_its_victim(scene):
    scene.arq_worker()
    scene.arq(
        lambda pool: _abort(pool, "a"),
        lambda pool: pool.enqueue_job("arq_ok", _job_id="a", _defer_by=LONG),
    )
    return "abort-waits", {"a"}, ["older than the job"]


def arq_abort_is_ignored(scene):
    scene.arq(lambda pool: pool.enqueue_job("arq_run_long", _job_id="a"))
    scene.arq_worker()
    until(lambda: scene.redis.exists("arq:in-progress:a"))
    scene.arq(lambda pool: _abort(pool, "a"))
    return "abort-ignored", {"a"}, ["allow_abort_jobs"]


async def _abort(pool, one):
    """Abort, and do not wait for the end."""
    with suppress(TimeoutError):
        await ArqJob(one, pool).abort(timeout=0.01)


def arq_function_missing(scene):
    scene.arq(lambda pool: pool.enqueue_job("arq_other", _job_id="a"))
    scene.arq_burst(arq_ok)
    return "not-called", {"a"}, ["'arq_other' not found"]


def arq_other_serializer(scene):
    arq_json_without_a_worker(scene)
    scene.arq_burst(arq_ok)
    return "not-called", {"a"}, ["unable to deserialize"]


def arq_queue_was_deleted(scene):
    scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="a"))
    scene.redis.delete("arq:queue")
    return "in-no-queue", {"a"}, ["in no queue"]


STUCK = [
    dependency_failed, dependency_failed_after_its_retries, dependency_was_killed,
    one_of_many_has_failed, dependency_cancelled, a_diamond_after_cancel, dependency_stopped,
    dependency_deleted, dependency_with_failure_ttl_0, dependency_over_its_failure_ttl,
    dependency_over_its_ttl, dependency_enqueued_again_under_its_id, dependency_never_enqueued,
    failed_before_it_was_enqueued, killed_before_it_released, deferred_without_a_dependency,
    queue_without_a_worker, dependency_in_a_queue_without_a_worker, worker_was_killed_while_idle,
    workers_suspended, taken_by_a_killed_worker, taken_by_a_killed_worker_of_two_queues,
    queue_was_deleted, worker_is_silent, run_is_forgotten, scheduled_without_a_scheduler,
    retry_without_a_scheduler, scheduler_hangs, worker_with_another_serializer,
    worker_without_the_module, waiting_job_over_its_ttl,
    arq_queue_that_nobody_serves, arq_worker_left, arq_json_without_a_worker,
    arq_definition_expired, arq_job_failed_as_expired, arq_worker_was_killed,
    arq_worker_was_killed_while_idle, arq_worker_has_a_slow_clock, arq_clock_ahead,
    arq_abort_of_an_unknown_job,
    arq_abort_waits_for_its_victim, arq_abort_is_ignored, arq_function_missing,
    arq_other_serializer, arq_queue_was_deleted,
]  # fmt: skip

# Those whose way out is a call or a command that lets the job run at once.
REPAIRED = {
    *("dependency_failed", "dependency_failed_after_its_retries", "dependency_was_killed"),
    *("one_of_many_has_failed", "dependency_cancelled", "a_diamond_after_cancel"),
    *("dependency_stopped", "dependency_deleted", "dependency_with_failure_ttl_0"),
    *("dependency_over_its_failure_ttl", "dependency_over_its_ttl", "dependency_never_enqueued"),
    *("dependency_enqueued_again_under_its_id", "failed_before_it_was_enqueued"),
    *("killed_before_it_released", "taken_by_a_killed_worker", "queue_was_deleted"),
    "taken_by_a_killed_worker_of_two_queues",
}

RELEASE = tuple(map(int, rq.VERSION.split(".")[:2]))
# RQ 2.6 let the dependents of a stopped job run; RQ 3 lets a late fallback run, and has a new gap.
if RELEASE < (2, 8):
    STUCK.remove(dependency_stopped)
if RELEASE >= (3, 0):
    STUCK.remove(failed_before_it_was_enqueued)
    LIMITED = [killed_before_it_gave_its_slot_back, program_crashed_before_it_took_a_slot]
    STUCK += [ready_and_not_enqueued, *LIMITED, slot_of_a_job_over_its_ttl]
    REPAIRED |= {one.__name__ for one in LIMITED}


# Healthy.


def nothing_at_all(scene):
    pass


def keys_of_other_programs(scene):
    scene.redis.zadd("scores", {"ann": 3, "bob": time.time() * 1000})
    scene.redis.hset("user:1", "name", "ann")
    scene.redis.set("rq:job:not-a-job", "text")
    scene.redis.rpush("arq:job:list", 1)


def chain_has_finished(scene):
    scene.chain(ok, ok, ok)
    scene.burst()


def failed_and_no_job_waits(scene):
    scene.chain(fail)
    scene.burst()


def fallback_has_run(scene):
    a = scene.queue().enqueue(fail, job_id="a")
    scene.queue().enqueue(ok, job_id="b", depends_on=Dependency(a, allow_failure=True))
    scene.burst()


def cancelled_with_its_dependents(scene):
    for job in scene.chain(ok, ok, ok):
        job.cancel()
    scene.burst()


def requeued_and_finished(scene):
    a, _ = scene.chain(fail, ok)
    scene.burst()
    scene.redis.hset("rq:job:a", "description", "repaired")
    with mock.patch(f"{__name__}.fail", ok):
        a.requeue()
        scene.burst()
    assert scene.redis.hget("rq:job:b", "status") == b"finished"


def worker_is_busy(scene):
    scene.busy_worker()
    scene.chain(ok, ok)


def dependents_of_a_running_job(scene):
    scene.queue().enqueue(ok, job_id="done", result_ttl=LONG)
    scene.burst()
    scene.busy_worker()
    long = Job.fetch("long", connection=scene.redis)
    scene.queue().enqueue(ok, job_id="next", depends_on=[long, "done"])
    scene.expire("rq:job:done")  # a missing one counts as met
    scene.queue().enqueue(ok, job_id="last", depends_on="next")


def worker_of_several_queues(scene):
    scene.busy_worker("high", "default")
    scene.queue("high").enqueue(ok, job_id="a")


def scheduled_with_a_scheduler(scene):
    scene.rq_worker("default", "--with-scheduler")
    until(lambda: scene.redis.exists("rq:scheduler-lock:default"))
    a = scene.queue().enqueue_in(timedelta(seconds=LONG), ok, job_id="a")
    scene.queue().enqueue(ok, job_id="b", depends_on=a)


def json_all_the_way(scene):
    queue = scene.queue(serializer=JSONSerializer)
    scene.chain(ok, ok, queue=queue)
    scene.burst(queue, serializer=JSONSerializer)


def arq_has_finished(scene):
    scene.arq(lambda pool: pool.enqueue_job("arq_ok", 7, _job_id="a"))
    scene.arq_burst(arq_ok)


def arq_is_busy(scene):
    scene.arq(lambda pool: pool.enqueue_job("arq_run_long", _job_id="a"))
    scene.arq_worker()
    until(lambda: scene.redis.exists("arq:in-progress:a"))
    scene.arq(lambda pool: pool.enqueue_job("arq_ok", _job_id="b", _defer_by=LONG))


def arq_waits_for_its_retry(scene):
    scene.arq_worker("mail")
    again = lambda pool: pool.enqueue_job("arq_ok", _defer_by=LONG, _queue_name="mail")  # noqa: E731
    scene.arq(again)


def arq_has_much_to_do(scene):
    """A backlog of jobs that are long due, and a worker that takes the oldest first."""
    many = 3_000

    async def enqueue(pool):
        for number in range(many):
            await pool.enqueue_job("arq_ok", _job_id=f"{number:04}")

    with arq_clock(-60):
        scene.arq(enqueue)
    scene.arq_worker()
    until(lambda: scene.redis.zcard("arq:queue") < many)


def a_slot_is_held_by_a_running_job(scene):
    scene.busy_worker(rate_limit=rq.RateLimit("api", 1))
    scene.limited("a", "b")


def a_slot_is_held_by_a_cancelled_job_that_still_runs(scene):
    a_slot_is_held_by_a_running_job(scene)
    Job.fetch("long", connection=scene.redis).cancel()


HEALTHY = [
    nothing_at_all, keys_of_other_programs, chain_has_finished, failed_and_no_job_waits,
    fallback_has_run, cancelled_with_its_dependents, requeued_and_finished, worker_is_busy,
    dependents_of_a_running_job, worker_of_several_queues, scheduled_with_a_scheduler,
    json_all_the_way, arq_has_finished, arq_is_busy, arq_waits_for_its_retry, arq_has_much_to_do,
]  # fmt: skip
if RELEASE >= (3, 0):
    HEALTHY += [
        a_slot_is_held_by_a_running_job,
        a_slot_is_held_by_a_cancelled_job_that_still_runs,
    ]
