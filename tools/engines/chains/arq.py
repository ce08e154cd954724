"""ARQ: a job enqueues the next one with `ctx["redis"].enqueue_job`, with or without a `_job_id`.

Waits: the in-progress key (`job_timeout` + 10 s) is made to expire in Redis; the recovering worker
has poll_delay=0.05 (default 0.5).
"""

from tools.engines.chains import effect, recovers

VARIANTS = {
    "no _job_id": ("kill", "term", "term-late", "again", "two", "restart"),
    "_job_id": ("kill",),
    "no _job_id, job_completion_wait=5": ("term", "term-late"),
}
RACES = {  # a job runs beside the worker's loop, and a signal comes at the same time as an answer
    "no _job_id": ("kill", "term", "term-late", "two", "restart"),
    "_job_id": ("kill",),
}
FIRST = POLL = r"ZRANGEBYSCORE"
WAITS = {"first": 0.9, "round": 0.8}
PROMISE = (
    "jobs may be called more than once: a job stays in the queue until it has succeeded or "
    "failed, and a worker that shuts down cancels it and leaves it there "
    "(arq-docs.helpmanual.io, Usage)."
)
WORDS = [
    (
        "twice",
        r": MULTI \+ PSETEX arq:job:\S+ .*\| MULTI \+ SET arq:result",
        "The job has enqueued the next one, and its own end is not stored, so it runs again. "
        "Without a `_job_id` it enqueues the next one a second time, and the rest of the chain "
        "runs twice.",
    ),
    (
        "twice",
        r"^term",
        "SIGTERM cancels the running job after its effect; the job stays in the queue and runs "
        "again. If its enqueue had reached the server, the rest of the chain runs twice, too.",
    ),
    (
        "twice",
        r"^again",
        "One of the two kills came after an effect and before the transaction that stores the "
        "job's end.",
    ),
    (
        "twice",
        r"",
        "The effect has happened, and the transaction that stores the job's end has not: the "
        "job is still in the queue, and runs again when its in-progress key has expired.",
    ),
    (
        "lost",
        r"^restart",
        "The server goes away while the job enqueues the next one. That call raises an error, "
        "and an error ends an ARQ job as failed, which its result says; the next job was never "
        "enqueued.",
    ),
]


def warm():
    import arq.connections
    import arq.worker  # noqa: F401


def functions(variant):
    from arq import func

    def one(name, then=None):
        async def job(ctx):
            effect(name)
            if then:
                key = then if variant == "_job_id" else None
                await ctx["redis"].enqueue_job(then, _job_id=key)

        return func(job, name=name)

    return [one("a", "b"), one("b", "c"), one("c"), one("p")]


def enqueue(url, _variant, name="a"):
    import asyncio

    from arq import create_pool
    from arq.connections import RedisSettings

    async def go():
        pool = await create_pool(RedisSettings.from_dsn(url))
        await pool.enqueue_job(name, _job_id=name)

    asyncio.run(go())


def probe(url, variant):
    enqueue(url, variant, "p")


def work(url, variant):
    import asyncio

    from arq.connections import RedisSettings
    from arq.worker import Worker

    asyncio.set_event_loop(asyncio.new_event_loop())
    Worker(
        functions(variant),
        redis_settings=RedisSettings.from_dsn(url),
        poll_delay=0.05 if recovers() else 0.5,
        job_completion_wait=5 if "wait=5" in variant else 0,
    ).run()


def later(redis):
    for key in redis.scan_iter("arq:in-progress:*"):
        redis.delete(key)


def left(redis):
    queue, jobs = redis.zcard("arq:queue"), len(list(redis.scan_iter("arq:job:*")))
    return {"queue": queue, "jobs": jobs} if queue or jobs else {}
