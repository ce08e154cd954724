"""Celery: chain(a.si(), b.si(), c.si()); broker and result backend are Redis; concurrency 1.

Waits: the recovering worker has unacked_restore_interval=0.5 and unacked_restore_throttle=1
(defaults 10 and 10, so 100 s). What is unacknowledged is made an hour older in its key
(visibility_timeout stays 3600 s), times to live too. Mingle, gossip and heartbeat events are off.
"""

from tools.engines.chains import effect, pass_scores, pass_ttls, recovers

VARIANTS = {
    "prefork, default": ("kill", "term", "term-late", "term-all", "child", "parent"),
    "prefork, acks_late": ("kill", "term", "term-all", "again", "child", "two", "restart"),
    "solo, default": ("kill",),
    "solo, acks_late": ("kill",),
}
RACES = {"prefork, default": ("kill", "term")}
FIRST = POLL = r"BRPOP"
BEAT = (
    r"MULTI$|EXEC$|SCRIPT |EVALSHA \S+ \d _kombu|SUBSCRIBE|PSUBSCRIBE"
    r"|SET unacked_mutex|Z\w+ unacked_index \* 0 BYSCORE|EVALSHA \S+ 1 unacked_mutex"
)  # the last three: it looks for messages to deliver again
WAITS = {"first": 1.0, "quiet": 0.7, "round": 3.0, "limit": 8}
PROMISE = (
    "a message is acknowledged before its task runs, and with acks_late after it, so that the "
    "task may run again if the worker crashes (docs.celeryq.dev, Tasks); an unacknowledged "
    "message is delivered again after the visibility timeout (Using Redis)."
)
WORDS = [
    (
        "lost",
        r"^(kill|two|again|restart): .* [|‖] MULTI \+ ZADD unacked_index",
        "BRPOP takes the message out of its list, and a later transaction puts it into the list "
        "of unacknowledged messages. Between the two it is in no key, with acks_late as well.",
    ),
    (
        "lost",
        r"^(term-all|child)",
        "The process of the pool ends while it runs the task. The message was acknowledged "
        "before, so the chain ends there; the result backend says FAILURE (WorkerLostError).",
    ),
    (
        "lost",
        r"^(kill|again|parent|term)",
        "The message is acknowledged when the process of the pool gets it. Until that process "
        "has sent the next task, nothing in Redis tells of the chain.",
    ),
    (
        "twice",
        r"^(child|term-all)",
        "The process of the pool ends after the effect. With acks_late and "
        "task_reject_on_worker_lost the message goes back into the queue, and the task runs "
        "again.",
    ),
    (
        "twice",
        r"^(term|term-late): ",
        "The process of the pool has run the task, and the main process, which is told to stop, "
        "has not acknowledged the message yet. Kombu puts what is unacknowledged back into the "
        "queue when the connection closes (restore_unacked_once), so the task runs again.",
    ),
    (
        "twice",
        r"^restart",
        "The effect has happened, and the server goes away before the message is acknowledged; "
        "the worker connects again and gets the message again.",
    ),
    (
        "twice",
        r"^(kill|two|again|parent)",
        "The effect has happened, and the message is not yet acknowledged: it is delivered "
        "again after the visibility timeout. If the next task was sent, the rest of the chain "
        "runs twice, too.",
    ),
]


def warm():
    import celery.apps.worker
    import celery.backends.redis
    import celery.bin.celery
    import celery.concurrency.prefork
    import celery.concurrency.solo
    import celery.fixups.django
    import celery.worker.components
    import celery.worker.consumer
    import celery.worker.worker  # noqa: F401
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
