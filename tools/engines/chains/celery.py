"""Celery: chain(a.si(), b.si(), c.si()); broker and result backend are Redis; concurrency 1.

Waits: the recovering worker has unacked_restore_interval=0.5 and unacked_restore_throttle=1
(defaults 10 and 10, so 100 s). What is unacknowledged is made an hour older in its key
(visibility_timeout stays 3600 s), times to live too. Mingle, gossip and heartbeat events are off.
"""

from tools.engines.chains import effect, pass_scores, pass_ttls, recovers

FORKING = ("term-all", "child", "parent", "two", "restart")
VARIANTS = {
    "prefork, default": (
        "kill",
        "term",
        "term-late",
        "term-all",
        "child",
        "parent",
        "two",
        "restart",
    ),
    "prefork, acks_late": (
        "kill",
        "term",
        "term-all",
        "again",
        "child",
        "parent",
        "two",
        "restart",
    ),
    "solo, default": ("kill",),
    "solo, acks_late": ("kill",),
}
RACES = ("prefork, default",)
FIRST = POLL = r"BRPOP"
BEAT = r"MULTI$|EXEC$|SCRIPT |EVALSHA \S+ \d _kombu|SUBSCRIBE|PSUBSCRIBE"
WAITS = {"first": 1.0, "quiet": 0.7, "round": 3.0, "limit": 8}
PROMISE = ""
WORDS = []


def warm():
    import kombu.transport.redis  # noqa: F401


def app(url, variant):
    from celery import Celery

    it = Celery("chain", broker=url, backend=url)
    late = "acks_late" in variant
    it.conf.update(task_acks_late=late, task_reject_on_worker_lost=late)
    it.conf.update(broker_connection_retry_on_startup=True, worker_prefetch_multiplier=1)
    if recovers():
        waits = {"unacked_restore_interval": 0.5, "unacked_restore_throttle": 1}
        it.conf.broker_transport_options = waits

    def one(name):
        def job():
            effect(name)

        return it.task(job, name=name)

    return it, [one(name) for name in "abcp"]


def enqueue(url, variant):
    from celery import chain

    a, b, c, _ = app(url, variant)[1]
    chain(a.si(), b.si(), c.si()).apply_async()


def probe(url, variant):
    app(url, variant)[1][-1].delay()


def work(url, variant):
    pool = variant.split(",")[0]
    without = [f"--without-{what}" for what in ("mingle", "gossip", "heartbeat")]
    app(url, variant)[0].worker_main(["worker", "-P", pool, "-c", "1", "-l", "WARNING", *without])


def later(redis):
    pass_scores(redis, 3700, "unacked_index")
    pass_ttls(redis, 3700, "unacked_mutex")


def left(redis):
    found = {"queue": redis.llen("celery"), "unacked": redis.hlen("unacked")}
    return {name: count for name, count in found.items() if count}
