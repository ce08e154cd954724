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
PROMISE = ""
WORDS = []


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
