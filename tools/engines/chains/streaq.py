"""streaQ: await a.enqueue().then(b).then(c).

Waits: the recovering worker has idle_timeout=1 s (default 60 s).
"""

from tools.engines.chains import effect, recovers

VARIANTS = {"default": ("kill", "term", "term-late", "again", "two", "restart")}
FIRST = r"FCALL read_streams"
POLL = r"XREADGROUP|FCALL read_streams"
BEAT = (
    r"XREADGROUP|FCALL read_streams|FCALL publish_delayed_tasks|SET \S+:health:"
    r"|SMEMBERS \S+:aborted|ZRANGE|ZREMRANGEBYSCORE"
)
WAITS = {"first": 0.6, "quiet": 0.6, "round": 4.0, "limit": 6}
PROMISE = (
    "a task that is idle for idle_timeout seconds is enqueued again, whether it was only "
    "fetched or has become unresponsive (docstring of streaq.Worker)."
)
WORDS = [
    (
        "lost",
        r"^restart",
        "The server goes away between the transaction that ends a task and the send that puts "
        "the next one into the stream, and the worker ends with an error of the connection.",
    ),
    (
        "lost",
        r"",
        "The transaction that ends a task removes it, and the task that depends on it is put "
        "into the stream by a later send. Between the two nothing in Redis runs the rest of the "
        "chain.",
    ),
    (
        "twice",
        r"",
        "The effect has happened, and the transaction that ends the task has not: it is "
        "enqueued again after idle_timeout.",
    ),
]


def warm():
    import streaq.worker  # noqa: F401


def app(url):
    from streaq import Worker

    worker = Worker(redis_url=url, concurrency=1, **({"idle_timeout": 1} if recovers() else {}))

    def one(name):
        async def job(*_):
            effect(name)

        return worker.task(name=name)(job)

    return worker, [one(name) for name in "abcp"]


def client(url, extra):
    import asyncio

    async def go():
        worker, (a, b, c, p) = app(url)
        async with worker:
            await (p.enqueue() if extra else a.enqueue().then(b).then(c))

    asyncio.run(go())


def enqueue(url, _variant):
    client(url, False)


def probe(url, _variant):
    client(url, True)


def work(url, _variant):
    app(url)[0].run_sync()


def later(redis):
    pass


def left(redis):
    keys = {"data": "streaq:default:task:data:*", "dependents": "streaq:default:task:depend*"}
    found = {name: len(list(redis.scan_iter(key))) for name, key in keys.items()}
    found["stream"] = redis.xlen("streaq:default:queues:normal")
    return {name: count for name, count in found.items() if count}
