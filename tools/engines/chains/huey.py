"""Huey: a.s().then(b).then(c), one worker thread. Nothing to wait for: it has no recovery.

With redis-py 8 and more than 100 worker threads, chains end in the middle without any crash
([script](../findings/huey_chains_break_at_a_hundred_workers.sh)).
"""

from tools.engines.chains import effect

VARIANTS = {
    "RedisHuey": ("kill", "term", "term-late", "two", "restart"),
    "RedisHuey, graceful_signal=TERM": ("term", "term-late"),
    "PriorityRedisHuey": ("kill", "term"),
}
RACES = dict.fromkeys(VARIANTS, ("term", "term-late"))  # it looks for a signal every 0.1 s
FIRST = POLL = r"BRPOP|BZPOPMIN"
BEAT = r"EVALSHA"  # its scheduler looks for delayed tasks once a second
WAITS = {"quiet": 0.5, "round": 0.5, "same": 1}
PROMISE = (
    "SIGINT lets running tasks finish, and SIGTERM interrupts them at once, unless "
    "graceful_signal is TERM (huey.readthedocs.io, Consumer); a recovery of interrupted tasks "
    "is not promised."
)
WORDS = [
    (
        "lost",
        r"^term",
        "SIGTERM is Huey's interrupt: the consumer ends whatever its thread does. The task that "
        "runs, or the rest of the chain that travels inside of it, is in no key.",
    ),
    (
        "lost",
        r"^restart",
        "The server goes away while the task runs. Huey's next command raises an error of the "
        "connection, which is logged; the task in hand, or the rest of the chain inside of it, "
        "is in no key.",
    ),
    (
        "lost",
        r"^(kill|two)",
        "The task is taken out of its list and is in no other key while it runs. The rest of "
        "the chain travels inside of it until the next task is sent.",
    ),
]


def warm():
    import huey.api
    import huey.consumer  # noqa: F401


def app(url, variant):
    import huey

    it = getattr(huey, variant.split(",")[0])("chain", url=url)
    return it, [it.task(name=name)(lambda *_, name=name: effect(name)) for name in "abcp"]


def enqueue(url, variant):
    it, (a, b, c, _) = app(url, variant)
    it.enqueue(a.s().then(b).then(c))


def probe(url, variant):
    app(url, variant)[1][-1]()


def work(url, variant):
    graceful = {"graceful_signal": "TERM"} if "graceful" in variant else {}
    app(url, variant)[0].create_consumer(workers=1, periodic=False, **graceful).run()


def later(redis):
    pass


def left(redis):
    key = "huey.redis.chain"
    count = redis.llen(key) if redis.type(key) == b"list" else redis.zcard(key)
    count += redis.zcard("huey.schedule.chain")
    return {"queue": count} if count else {}
