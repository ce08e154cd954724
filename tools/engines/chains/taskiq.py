"""Taskiq: RedisStreamBroker, results in Redis, taskiq-pipelines' Pipeline(broker, a).call_after(b).

The variants say when a message is acknowledged (AcknowledgeType). Waits: the recovering worker has
idle_timeout=1000 ms (default 600,000) and xread_block=500 (default 2,000).
"""

from tools.engines.chains import effect, recovers

VARIANTS = {
    "when_saved (default)": ("kill", "term", "term-late", "again", "two", "restart"),
    "when_executed": ("kill",),
    "when_received": ("kill",),
}
FIRST = POLL = r"XREADGROUP"
WAITS = {"first": 0.6, "quiet": 0.6, "round": 3.0, "limit": 6}
PROMISE = (
    "the stream broker supports acknowledgements and is fine where durability is required "
    "(README of taskiq-redis); --ack-type says whether a message is acknowledged when received, "
    "executed or saved (taskiq's CLI)."
)
WORDS = [
    (
        "lost",
        r"^restart",
        "The server goes away after the message is acknowledged, or while the next task is "
        "sent, which then fails; nothing in Redis runs the rest of the chain.",
    ),
    (
        "lost",
        r"",
        "The message is acknowledged, and the next task of the pipeline is sent by a later "
        "send. Between the two nothing in Redis runs the rest of the chain.",
    ),
    (
        "twice",
        r": XADD taskiq \| XACK",
        "The next task of the pipeline is sent, and the message is not acknowledged: another "
        "worker claims it after idle_timeout, and the rest of the pipeline runs twice.",
    ),
    (
        "twice",
        r"",
        "The effect has happened, and the message is not acknowledged: another worker claims it "
        "after idle_timeout, at the latest when a new message comes, and runs it again.",
    ),
    (
        "traffic",
        r"",
        "The message is pending for a worker that has ended. Another worker looks for such "
        "messages only after some new message has come, and then runs it.",
    ),
]


def warm():
    import taskiq.cli.worker.run  # noqa: F401
    import taskiq_pipelines  # noqa: F401
    import taskiq_redis  # noqa: F401


def app(url):
    from taskiq_pipelines import PipelineMiddleware
    from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

    waits = {"idle_timeout": 1000, "xread_block": 500} if recovers() else {}
    broker = RedisStreamBroker(url, **waits).with_result_backend(RedisAsyncResultBackend(url))
    broker = broker.with_middlewares(PipelineMiddleware())

    def one(name):
        async def job() -> str:
            return effect(name)

        return broker.register_task(job, task_name=name)

    return broker, [one(name) for name in "abcp"]


def client(url, extra):
    import asyncio

    from taskiq_pipelines import Pipeline

    async def go():
        broker, (a, b, c, p) = app(url)
        await broker.startup()
        await (p.kiq() if extra else Pipeline(broker, a).call_after(b).call_after(c).kiq())
        await broker.shutdown()

    asyncio.run(go())


def enqueue(url, _variant):
    client(url, False)


def probe(url, _variant):
    client(url, True)


def work(url, variant):
    from taskiq.acks import AcknowledgeType
    from taskiq.cli.worker.args import WorkerArgs
    from taskiq.cli.worker.run import start_listen

    options = {"max_async_tasks": 1, "configure_logging": False}
    options["ack_type"] = AcknowledgeType(variant.split()[0])
    start_listen(WorkerArgs(broker=app(url)[0], modules=[], **options))


def later(redis):
    import time

    time.sleep(1.1)  # the idle_timeout passes


def left(redis):
    if not redis.exists("taskiq"):
        return {}
    group = redis.xinfo_groups("taskiq")[0]
    found = {"pending": group["pending"], "new": group.get("lag") or 0}
    return {name: count for name, count in found.items() if count}
