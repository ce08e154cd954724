"""BullMQ: FlowProducer.add, c with the child b with the child a, attempts=3. See bullmq.mjs.

Waits: the recovering worker has stalledInterval=500 ms (default 30,000); the dead worker's lock
(30 s) and the lock of the check for stalled jobs are made to expire in Redis.
"""

import os
from pathlib import Path

VARIANTS = {"FlowProducer": ("kill", "term", "again", "two", "restart")}
FIRST = r"EVAL.* 11 bull:chain:wait"
POLL = r"BZPOPMIN"
BEAT = r"INFO|EVAL.* 9 bull:chain:stalled"
WAITS = {"first": 1.0, "quiet": 1.0, "round": 4.0, "limit": 8, "traffic": 2}
PROMISE = (
    "when a worker ends without a shutdown, the check for stalled jobs lets another worker "
    "continue with them (docs.bullmq.io, Stalled Jobs; Graceful shutdown)."
)
WORDS = [
    (
        "parked",
        r"^again",
        "A job may be stalled once (maxStalledCount is 1). After a second kill the check for "
        "stalled jobs moves it to the set of failed jobs.",
    ),
    (
        "twice",
        r"",
        "The effect has happened, and the script that completes the job has not run: the check "
        "for stalled jobs puts it back, and it runs again.",
    ),
]


def warm():
    pass


def node(what, url):
    """Become Node.js, which does what is asked."""
    script = Path(__file__).with_suffix(".mjs")
    os.execvp("node", ["node", str(script), what, url])


def enqueue(url, _variant):
    node("enqueue", url)


def probe(url, _variant):
    node("probe", url)


def work(url, _variant):
    node("work", url)


def later(redis):
    redis.delete("bull:chain:stalled-check", *redis.scan_iter("bull:chain:*:lock"))


def left(redis):
    lists, sets = ("wait", "active", "paused"), ("failed", "delayed", "prioritized")
    found = {name: redis.llen(f"bull:chain:{name}") for name in lists}
    found |= {n: redis.zcard(f"bull:chain:{n}") for n in (*sets, "waiting-children")}
    return {name: count for name, count in found.items() if count}
