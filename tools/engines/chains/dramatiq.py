"""Dramatiq: pipeline([a, b, c]).run(), its default middleware, `dramatiq.Worker` with one thread.

Waits: the recovering worker has maintenance_chance=1_000_000 (with every command; the default is
one of a thousand); the dead worker's heartbeat is made two minutes older in its key
(heartbeat_timeout stays 60 s). SIGTERM is handled as by its command line: stop, then close.
"""

from tools.engines.chains import effect, pass_scores, recovers

VARIANTS = {"1 thread": ("kill", "term", "again", "two", "restart")}
RACES = {"1 thread": ("kill", "term")}
FIRST = POLL = r"EVALSHA \S+ 1 dramatiq fetch"
WAITS = {"first": 1.0, "quiet": 1.0, "round": 2.5, "limit": 6}
PROMISE = (
    "messages are delivered at least once: an actor may get one several times if a worker fails "
    "(dramatiq.io, Best Practices)."
)
WORDS = [
    (
        "lost",
        r"^restart",
        "The server goes away while the next message of the pipeline is sent. That send fails "
        "with an error of the connection, which is logged, and the message of the task that ran "
        "is acknowledged.",
    ),
    (
        "twice",
        r"",
        "The effect has happened, and the message is not yet acknowledged. The maintenance "
        "gives it back when the worker's heartbeat is too old, and it runs again.",
    ),
]


def warm():
    import dramatiq.brokers.redis  # noqa: F401


def app(url):
    import dramatiq
    from dramatiq.brokers.redis import RedisBroker

    broker = RedisBroker(url=url, **({"maintenance_chance": 1_000_000} if recovers() else {}))
    dramatiq.set_broker(broker)
    return broker, [
        dramatiq.actor(lambda *_, name=name: effect(name), actor_name=name) for name in "abcp"
    ]


def enqueue(url, _variant):
    import dramatiq

    a, b, c, _ = app(url)[1]
    dramatiq.pipeline([a.message(), b.message(), c.message()]).run()


def probe(url, _variant):
    app(url)[1][-1].send()


def work(url, _variant):
    import signal

    import dramatiq

    broker, _ = app(url)
    worker = dramatiq.Worker(broker, worker_threads=1)
    worker.start()
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.pause()
    worker.stop(timeout=600_000)
    broker.close()


def later(redis):
    pass_scores(redis, 120, "dramatiq:__heartbeats__", unit=1000)


def left(redis):
    found = {
        "queue": redis.llen("dramatiq:default") + redis.llen("dramatiq:default.DQ"),
        "messages": redis.hlen("dramatiq:default.msgs"),
        "failed": redis.zcard("dramatiq:default.XQ"),
        "acks": sum(redis.scard(key) for key in redis.scan_iter("dramatiq:__acks__*")),
    }
    return {name: count for name, count in found.items() if count}
