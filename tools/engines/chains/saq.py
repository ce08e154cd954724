"""SAQ: a job enqueues the next one with a key of its own, ctx["worker"].queue.enqueue.

Waits: the job's timeout is 1 s; the recovering worker's timer for the sweep is 1 s (default 60).
The sweep then waits 5 s for the dead job to abort itself, which no option shortens. A sweep at the
start of a worker can take for dead what that worker is just taking, so its lock is held at first.
"""

from tools.engines.chains import effect, recovers

VARIANTS = {
    "retries=3": ("kill", "term", "term-late", "again", "two", "restart"),
    "default retries": ("kill", "term"),
    "retries=3, shutdown_grace_period_s=2": ("term", "term-late"),
    "default retries, shutdown_grace_period_s=2": ("term",),
}
RACES = {"retries=3": ("term", "term-late"), "default retries": ("term",)}  # signal and answer
FIRST = POLL = r"BLMOVE"
BEAT = (
    r"PSUBSCRIBE|SCRIPT LOAD|EVALSHA \S+ \d saq:default:(schedule|sweep)|MGET|MULTI$|EXEC$"
    r"|SETEX saq:default:worker_info|Z\w+ saq:default:stats|EXPIRE saq:default:stats"
)
WAITS = {"first": 0.6, "quiet": 0.6, "round": 9, "limit": 18}
PROMISE = (
    "abandoned jobs are found by a heartbeat and a sweep of stuck jobs (README); a job has one "
    "attempt unless `retries` is set (saq.job.Job)."
)
WORDS = [
    (
        "twice",
        r"^term",
        "The stop cancels the running job after its effect; it is tried again. If its enqueue "
        "had reached the server, the rest of the chain runs twice, too.",
    ),
    (
        "twice",
        r"",
        "The effect has happened, and the job's end is not stored. The sweep finds the job "
        "stuck, and it is tried again.",
    ),
    (
        "parked",
        r"^term",
        "The stop cancels what the worker has just taken before a task exists for it. The job "
        "stays active; the next sweep aborts it, as its one attempt counts, though it never "
        "ran.",
    ),
    (
        "parked",
        r"",
        "The sweep finds the job stuck and aborts it, since its one attempt counts. The record "
        "says so for ten minutes.",
    ),
]


def warm():
    import saq
    import saq.queue.redis
    import saq.worker  # noqa: F401


def more(variant):
    return {"timeout": 1} | ({"retries": 3} if "retries=3" in variant else {})


def functions(variant):
    def one(name, then=None):
        async def job(ctx):
            effect(name)
            if then:
                await ctx["worker"].queue.enqueue(then, key=then, **more(variant))

        return name, job

    return [one("a", "b"), one("b", "c"), one("c"), one("p")]


def client(url, name, **options):
    import asyncio

    from saq import Queue

    async def go():
        queue = Queue.from_url(url)
        await queue.enqueue(name, **options)
        await queue.disconnect()

    asyncio.run(go())


def enqueue(url, variant):
    from redis import Redis

    client(url, "a", key="a", **more(variant))
    Redis.from_url(url).set("saq:default:sweep", 1, ex=60)  # as if a worker had just swept


def probe(url, _variant):
    client(url, "p")


def work(url, variant):
    import asyncio

    from saq import Queue, Worker

    async def go():
        options = {"timers": {"sweep": 1, "schedule": 1}} if recovers() else {}
        if "grace" in variant:
            options["shutdown_grace_period_s"] = 2
        await Worker(
            Queue.from_url(url), functions=functions(variant), concurrency=1, **options
        ).start()

    asyncio.run(go())


def later(redis):
    import time

    time.sleep(1.1)  # the job's timeout passes
    redis.set("saq:default:sweep", 1, px=500)  # no sweep while the first job is being taken


def left(redis):
    import json

    found = {key: redis.lrange(f"saq:default:{key}", 0, -1) for key in ("queued", "active")}
    found["incomplete"] = redis.zrange("saq:default:incomplete", 0, -1)
    found = {key: [x.decode() for x in jobs] for key, jobs in found.items() if jobs}
    jobs = {name: redis.get(f"saq:job:default:{name}") for name in "abc"}
    status = {name: json.loads(job)["status"] for name, job in jobs.items() if job}
    if {"aborted", "failed", "aborting"} & set(status.values()):
        found["failed"] = status
    return found
