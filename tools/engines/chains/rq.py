"""RQ: enqueue(depends_on=…), each job with Retry(max=3) unless the variant says "no retry".

Waits: five minutes pass in RQ's keys before each fresh worker (the registry's 90 or 240 s, the
minute in the intermediate queue, times to live); RQ's maintenance runs when a worker starts. A
second worker, which lives on, has maintenance_interval=1 (default 600) and worker_ttl=16 (420).
"""

from tools.engines.chains import effect, is_beside, pass_scores, pass_ttls

FORKING = ("kill", "term", "term-late", "term-all", "child", "parent", "two", "restart")
VARIANTS = {
    "SimpleWorker, 1 queue": ("kill", "again", "two"),
    "SimpleWorker, 2 queues": ("kill", "term"),
    "forking, 1 queue": FORKING,
    "forking, 2 queues": ("kill", "term", "term-late", "two"),
    "SimpleWorker, 1 queue, no retry": ("kill", "term"),
}
FIRST = POLL = r"(B?LMOVE|B?LPOP) "
BEAT = r"SUBSCRIBE"
WAITS = {"first": 0.4}
PROMISE = (
    "a warm shutdown waits until the running job is finished (python-rq.org, Workers); a job "
    "that fails or is abandoned is kept in the FailedJobRegistry, or is retried (Exceptions & "
    "Retries)."
)
WORDS = [
    (
        "lost",
        r"^(kill|two|again|parent).*: MULTI .*rq:execution.* \| MULTI",
        "The execution is registered, and the job is not yet called started. The clean-up of "
        "abandoned jobs passes over a job that is not started, and removes its entry, so that "
        "no key of RQ has it.",
    ),
    (
        "lost",
        r"^(kill|two|again|restart)",
        "With several queues the worker takes the job with BLPOP. Until the transaction that "
        "registers its execution, the job is in no list and in no registry, and its status "
        "stays queued.",
    ),
    (
        "lost",
        r"^term",
        "A warm shutdown asks only whether the worker is busy. From the moment at which BLPOP "
        "takes the job until the worker's state is busy, it counts as idle and is stopped; the "
        "job is in no list.",
    ),
    (
        "parked",
        r"^term",
        "The worker counts as idle and is stopped, and the job stays in the intermediate queue. "
        "A later maintenance counts that as a failure; without a retry the job is failed, "
        "though it never ran.",
    ),
    (
        "parked",
        r"",
        "Another worker's maintenance finds the job abandoned and counts a failure. Without a "
        "retry it is in the registry of failed jobs, whether its effect had happened or not.",
    ),
    (
        "twice",
        r"^(kill|two): MULTI .*rq:execution.* \| MULTI",
        "The job is registered, and its id is still in the intermediate queue. One clean-up "
        "runs it from the registry, and a later one from that queue, even after the jobs that "
        "depend on it.",
    ),
    (
        "twice",
        r"^(child|term-all)",
        "The work horse ends after the effect and before the transaction that stores the job's "
        "end. Its parent records a failure, and the retry runs the job again.",
    ),
    (
        "twice",
        r"^restart",
        "The effect has happened, and the worker ends with an error of its connection before "
        "the job's end is stored. Another worker finds the job abandoned, and the retry runs it "
        "again.",
    ),
    (
        "twice",
        r"^again",
        "One of the two kills came after an effect and before the transaction that stores the "
        "job's end, or left the job both in the registry and in the intermediate queue.",
    ),
    (
        "twice",
        r"",
        "The effect has happened, and the transaction that stores the job's end has not. "
        "Another worker finds the job abandoned, and the retry runs it again.",
    ),
]


def warm():
    import rq.intermediate_queue
    import rq.job
    import rq.queue
    import rq.registry
    import rq.worker  # noqa: F401


def a():
    effect("a")


def b():
    effect("b")


def c():
    effect("c")


def p():
    effect("p")


def enqueue(url, variant):
    from redis import Redis
    from rq import Queue, Retry

    queue = Queue(connection=Redis.from_url(url))
    more = {} if "no retry" in variant else {"retry": Retry(max=3)}
    one = queue.enqueue(a, job_id="a", **more)
    two = queue.enqueue(b, job_id="b", depends_on=one, **more)
    queue.enqueue(c, job_id="c", depends_on=two, **more)


def probe(url, _variant):
    from redis import Redis
    from rq import Queue

    Queue(connection=Redis.from_url(url)).enqueue(p, job_id="p")


def work(url, variant):
    from redis import Redis
    from rq import Queue, SimpleWorker, Worker

    redis = Redis.from_url(url)
    names = ["default", "other"][: 2 if "2 queues" in variant else 1]
    kind = Worker if "forking" in variant else SimpleWorker
    queues = [Queue(name, connection=redis) for name in names]
    waits = {"maintenance_interval": 1, "worker_ttl": 16} if is_beside() else {}
    kind(queues, connection=redis, **waits).work(logging_level="WARNING")


def later(redis):
    pass_ttls(redis, 300)
    pass_scores(redis, 300, "rq:wip:*", "rq:scheduled:*", "rq:executions:*")
    for key in redis.scan_iter("rq:queue:*:first_seen:*"):
        redis.set(key, float(redis.get(key)) - 300, keepttl=True)


def left(redis):
    lists = ("rq:queue:default", "rq:queue:default:intermediate")
    sets = ("wip", "ready", "scheduled", "deferred", "failed")
    found = {key: [x.decode() for x in redis.lrange(key, 0, -1)] for key in lists}
    for name in sets:
        jobs = redis.zrange(f"rq:{name}:default", 0, -1)
        found[name] = sorted(x.decode().split(":")[0] for x in jobs)
    found = {name: jobs for name, jobs in found.items() if jobs}
    if found:
        status = {job: redis.hget(f"rq:job:{job}", "status") or b"" for job in "abc"}
        found["status"] = {job: word.decode() for job, word in status.items()}
    return found
