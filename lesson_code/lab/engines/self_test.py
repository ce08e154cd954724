"""A test of what these rooms rely on inside RQ, ARQ and fakeredis.

Run this file by its path (`runpy.run_path`): it must work even when none of our modules can be
imported.
"""

import inspect
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from posixpath import normpath
from typing import NamedTuple

from lesson_code.lab.engines.stacks import run_apart

NAMES = {"rq": "RQ", "arq": "ARQ", "fakeredis": "fakeredis", "redis": "redis-py"}


class Hook(NamedTuple):
    """A name inside a library that one of our files relies on."""

    what: str  # "module:name.name", or "module:name.name=attribute" that its __init__ sets
    follow: str  # the file that must follow a change, and where in it
    params: str | None = (
        None  # "job, pipeline"; "job, *": later parameters may change; None: all may
    )
    verb: str = "calls"  # the library calls what we override; our code "wants" to call it


STOPS = "rq_stops.py (StoppableWorker."
STAGED = "rq_staged.py (sets_in_order)"
RUN, NOTES, WORKERS = "rq.py", "rq_notes.py (Recorder.", "rq_workers.py (CrewWorker."
ARQ_NOTES, ARQ_WORKERS = "arq_notes.py (RecordingArqRedis.", "arq_workers.py (RecordingArqWorker."

HOOKS = [
    Hook("rq:Worker.cleanup_execution", NOTES + "cleanup_execution)", "job, pipeline, *"),
    Hook("rq:Worker.prepare_job_execution", NOTES + "prepare_job_execution)", "job, *"),
    Hook("rq.job:Job.create", "rq_notes.py (_create)"),
    Hook("rq.job:Job.save", "rq_notes.py (_save)", "pipeline, *"),
    Hook("rq:SimpleWorker._install_signal_handlers", WORKERS + "_install_signal_handlers)", ""),
    Hook("rq:SimpleWorker.subscribe", WORKERS + "subscribe)", ""),
    Hook("rq:SimpleWorker.unsubscribe", WORKERS + "unsubscribe)", ""),
    Hook("rq:SimpleWorker.dequeue_job_and_maintain_ttl", WORKERS + "dequeue_job_and_maintain_ttl)"),
    Hook("rq:SimpleWorker.execute_job", WORKERS + "execute_job)", "job, queue"),
    Hook("rq:SimpleWorker.work", WORKERS + "work_in_thread)", "burst, logging_level, *", "wants"),
    Hook("rq:SimpleWorker=_stop_requested", WORKERS + "leave)"),
    Hook("rq:SimpleWorker=_ordered_queues", WORKERS + "listen_to)"),
    Hook("rq:SimpleWorker=log", WORKERS + "__init__)"),
    Hook("rq:SimpleWorker.death_penalty_class", WORKERS + "death_penalty_class)"),
    Hook("rq.worker:BaseWorker._install_signal_handlers", STOPS + "_install_signal_handlers)", ""),
    Hook("rq.worker:BaseWorker=_shutdown_requested_date", STOPS + "leaving)"),
    Hook("rq.timeouts:TimerDeathPenalty.new_timer", "rq_workers.py (DaemonTimer.new_timer)", ""),
    Hook("rq:Worker.redis_worker_namespace_prefix", "rq_workers.py (all_done)"),
    Hook("rq:Queue.intermediate_queue_key", "rq_workers.py (all_done)"),
    Hook("rq.scheduler:RQScheduler.acquire_locks", "rq_workers.py (enqueue_due)"),
    Hook("rq.scheduler:RQScheduler.enqueue_scheduled_jobs", "rq_workers.py (enqueue_due)", ""),
    Hook("rq.scheduler:RQScheduler.release_locks", "rq_workers.py (enqueue_due)", ""),
    Hook("rq.registry:DeferredJobRegistry.key_template", RUN + " (all_queues)"),
    Hook(
        "rq.job:Job=_dependency_ids", RUN + " (_record_of), ../../with_rq/chaining.py, parallel.py"
    ),
    Hook("rq.results:Result.fetch_latest", RUN + " (_record_of)", "job, serializer, *", "wants"),
    Hook("rq.job:Job=allow_dependency_failures", RUN + " (_record_of)"),
    Hook("rq.job:Job.fetch_many", STAGED),
    Hook("rq.worker_registration:get_keys", STAGED),
    Hook("rq.scheduler:RQScheduler.acquire_locks", STAGED),
    Hook("rq.scheduler:RQScheduler=_queue_names", STAGED),
    Hook("rq.scheduler:RQScheduler=_acquired_locks", STAGED),
    Hook("arq:Worker.start_jobs", ARQ_WORKERS + "start_jobs)", "job_ids"),
    Hook("arq:Worker.run_job", ARQ_WORKERS + "run_job)", "job_id, score"),
    Hook(
        "arq:Worker.finish_job",
        ARQ_WORKERS + "finish_job)",
        "job_id, finish, result_data, result_timeout_s, keep_result_forever, incr_score, *",
    ),
    Hook("arq:Worker.finish_failed_job", ARQ_WORKERS + "finish_failed_job)", "job_id, result_data"),
    Hook("arq:Worker.handle_sig", ARQ_WORKERS + "cancel_jobs)", "signum", "wants"),
    Hook("arq:Worker=tasks", ARQ_WORKERS + "cancel_jobs)"),
    Hook("arq.worker:get_kwargs", "arq_workers.py (options_of)", "settings_cls", "wants"),
    Hook("arq.worker:log_redis_info", "arq_workers.py (_no_info)", "redis, log_func"),
    Hook("arq.jobs:deserialize_result", "arq.py (result_of)", "r, deserializer", "wants"),
    Hook("arq.jobs:deserialize_job", "arq.py (definition_of)", "r, deserializer", "wants"),
    Hook("arq:ArqRedis.enqueue_job", ARQ_NOTES + "enqueue_job)", "function, args, _job_id, *"),
    Hook("arq:ArqRedis.pipeline", ARQ_NOTES + "pipeline)", "transaction, shard_hint"),
    Hook("redis.asyncio.client:Pipeline.execute", "arq_notes.py (NotingPipeline.execute)"),
    Hook(
        "redis.asyncio.client:Pipeline.__init__",
        ARQ_NOTES + "pipeline)",
        "connection_pool, response_callbacks, transaction, shard_hint",
        "wants",
    ),
    Hook("rq.job:Job.perform", "../../exercises/check/trial_rq.py (_accidents)"),
    Hook("rq:Queue.enqueue_at", "../../exercises/check/trial_rq.py (_accidents)"),
    Hook("rq.repeat:datetime", "rq_staged.py (READS_TIME)"),
    Hook("rq.timeouts:BaseDeathPenalty.setup_death_penalty", "rq_staged.py (ClockPenalty)", ""),
    Hook("rq.timeouts:BaseDeathPenalty.cancel_death_penalty", "rq_staged.py (ClockPenalty)", ""),
    Hook("rq.registry:BaseRegistry.death_penalty_class", "rq_staged.py (callbacks_by_the_clock)"),
    Hook("rq.timeouts:BaseDeathPenalty=_timeout", "rq_staged.py (ClockPenalty)"),
    Hook("rq.timeouts:BaseDeathPenalty=_exception", "rq_staged.py (ClockPenalty)"),
    Hook("arq.utils:time", "arq_staged.py (READS_TIME)"),
    Hook("arq.worker:time", "arq_staged.py (READS_TIME)"),
    Hook("arq:Worker._poll_iteration", "arq_staged.py (StagedArqWorker._poll_iteration)"),
    Hook("arq:Worker._add_signal_handler", "arq_staged.py (PlainArqWorker)", "signum, handler"),
    Hook("arq:Worker=main_task", "../stage/play_arq.py (_life)"),
    Hook("fakeredis:FakeRedisConnection.send_packed_command", "fake.py (WatchedConnection)"),
    Hook(
        "fakeredis.aioredis:FakeAsyncRedisConnection.send_packed_command",
        "fake.py (WatchedAsyncConnection)",
    ),
    Hook("fakeredis._commands:command", "fake_commands.py (AsAServer)"),
    Hook("fakeredis.aioredis:AsyncFakeSocket.exec_", "fake_commands.py (AsAServer.exec_)"),
    Hook("fakeredis.aioredis:AsyncFakeSocket.sadd", "fake_commands.py (AsAServer.sadd)"),
    Hook("fakeredis.aioredis:AsyncFakeSocket.watch", "fake_commands.py (AsAServer.watch)"),
    Hook("fakeredis:FakeServer", "fake.py (EmbeddedRedis)"),
    Hook("fakeredis:FakeStrictRedis", "fake.py (EmbeddedRedis.client)"),
    Hook("fakeredis.aioredis:FakeAsyncRedisConnection", "fake.py (EmbeddedRedis)"),
]
REGISTRIES = {"failed", "started", "finished", "deferred", "scheduled", "canceled", "ready"}


def self_test() -> list[str]:
    """Return a sentence for each change, with its name and the file that must follow."""
    changed = [sentence for hook in HOOKS if (sentence := look_at(hook))]
    changed += new_registries()
    return list(dict.fromkeys(changed or trials()))


def look_at(hook: Hook) -> str | None:
    library = hook.what.partition(":")[0]
    path, _, attribute = hook.what.partition(":")[2].partition("=")
    try:
        thing = import_module(library)
        for name in path.split("."):
            thing = getattr(thing, name)
        if attribute and not _sets(thing, attribute):
            raise AttributeError
    except Exception:  # an import may raise anything
        return _sentence(library, f"has no {path}{attribute and '.'}{attribute}", hook.follow)
    if hook.params is not None and not _fits(found := _params(thing), hook.params):
        return _sentence(library, f"{hook.verb} {path}({', '.join(found)})", hook.follow)


def new_registries() -> Iterator[str]:
    """Yield a sentence for each unknown registry: it may hold jobs that we do not see."""
    try:
        names = sorted(dir(import_module("rq").Queue))
    except Exception:
        return  # look_at has reported it
    for name in names:
        if name.endswith("_job_registry") and name.removesuffix("_job_registry") not in REGISTRIES:
            yield _sentence("rq", f"has a Queue.{name}", RUN + " (_all_jobs)")


def trials() -> Iterator[str]:
    """Run two jobs with a worker of each library on the fake; yield each note that is missing."""
    for library, trial in (("rq", _try_rq), ("arq", _try_arq)):
        try:
            events = trial()
        except Exception as error:
            events = f"{type(error).__name__}: {error}"
        end = {"rq": "finished", "arq": "complete"}[library]
        if events != [(job, what) for job in "ab" for what in ("started", end)]:
            yield _sentence(library, f"ran two jobs, and we saw {events}", f"{library}_workers.py")


def _try_rq() -> list[tuple[str, str]]:
    from rq import Queue

    from lesson_code.lab.engines.fake import EmbeddedRedis
    from lesson_code.lab.engines.rq import read_run
    from lesson_code.lab.engines.rq_workers import CrewWorker

    class Boss:
        def there(self):
            return ["default"]

        def take(self, worker, dequeue):
            return dequeue()

        def died(self, worker, error):
            raise error

        def started(self):
            pass

        ending = ended = started

    queue = Queue(connection=EmbeddedRedis().client())
    first = queue.enqueue("operator.neg", 1, job_id="a")
    queue.enqueue("operator.neg", 2, job_id="b", depends_on=first)
    worker = CrewWorker([queue], name="self-test")
    worker.boss = Boss()
    worker.work_in_thread()
    return [(event.job, event.what) for event in read_run(queue.connection).events]


def _try_arq() -> list[tuple[str, str]]:
    from lesson_code.lab.engines.arq import read_arq_run
    from lesson_code.lab.engines.arq_notes import RecordingArqRedis
    from lesson_code.lab.engines.arq_workers import RecordingArqWorker
    from lesson_code.lab.engines.fake import EmbeddedRedis

    async def task(ctx, then=None):
        if then:
            await ctx["redis"].enqueue_job("task", _job_id=then)

    async def main():
        from arq import func

        pool = RecordingArqRedis(EmbeddedRedis().async_connections())
        await pool.enqueue_job("task", "b", _job_id="a")
        options = {"burst": True, "poll_delay": 0, "handle_signals": False, "max_jobs": 1}
        worker = RecordingArqWorker([func(task, name="task")], redis_pool=pool, **options)
        worker.slots = set()
        await worker.main()
        run = await read_arq_run(pool)
        await pool.aclose()
        return [(event.job, event.what) for event in run.events]

    return run_apart(main())


def _sets(thing: type, attribute: str) -> bool:
    """Return whether the class, or the __init__ of one of its bases, sets the attribute."""
    inits = [vars(base)["__init__"] for base in thing.__mro__[:-1] if "__init__" in vars(base)]
    names = {name for init in inits for name in init.__code__.co_names}
    return hasattr(thing, attribute) or attribute in names


def _params(thing) -> list[str]:
    return [name for name in inspect.signature(thing).parameters if name != "self"]


def _fits(found: list[str], wanted: str) -> bool:
    names = [name for name in wanted.split(", ") if name]
    return found[: len(names) - 1] == names[:-1] if "*" in names else found == names


def _sentence(library: str, what: str, follow: str) -> str:
    package = library.partition(".")[0]
    try:
        name = f"{NAMES[package]} {version(package)}"
    except PackageNotFoundError:
        return f"{NAMES[package]} is missing: in the project's folder run  make lab"
    return f"{name} {what}: {normpath(f'lesson_code/lab/engines/{follow}')} must follow"
