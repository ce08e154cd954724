"""The control: a worker of twenty lines, right in one variant and broken in three, on purpose.

`right` acknowledges a job and enqueues the next in one transaction. The driver proves itself on it:
it must find no job lost, 2, none, and 7, and no harm without a kill.
"""

from tools.engines.chains import effect

VARIANTS = dict.fromkeys(["right", "ack before next", "next before ack", "pop"], ("kill",))
LOST = {"right": 0, "ack before next": 2, "next before ack": 0, "pop": 7}  # what must be found
FIRST = POLL = r"BLMOVE|BLPOP"
NEXT = {"a": "b", "b": "c"}
PROMISE = "none"
WORDS = []


def warm():
    import redis  # noqa: F401


def enqueue(url, _variant, name="a"):
    from redis import Redis

    Redis.from_url(url).rpush("queue", name)


def probe(url, variant):
    enqueue(url, variant, "p")


def work(url, variant):
    from redis import Redis

    redis = Redis.from_url(url, decode_responses=True)
    while redis.exists("doing"):
        redis.lmove("doing", "queue", "RIGHT", "LEFT")
    while True:
        job = redis.blpop("queue")[1] if variant == "pop" else redis.blmove("queue", "doing", 0)
        effect(job)
        with redis.pipeline(transaction=variant == "right") as pipe:
            steps = [(pipe.lrem, ("doing", 1, job))]
            if job in NEXT:
                steps.insert(variant != "next before ack", (pipe.rpush, ("queue", NEXT[job])))
            for step, words in steps:
                step(*words)
                if variant != "right":
                    pipe.execute()
            pipe.execute()


def later(redis):
    pass


def left(redis):
    found = {key: [x.decode() for x in redis.lrange(key, 0, -1)] for key in ("queue", "doing")}
    return {key: jobs for key, jobs in found.items() if jobs}
