"""Procrastinate on PostgreSQL: it has no chain, so a job's last step is to defer the next one.

Stalled jobs are retried by the periodic task that its documentation shows (Retry stalled jobs).
Waits: that task is due each second in the recovering worker, whose heartbeat is 0.3 s (default
10 s); the first worker does without, as in most of the ten minutes between two ticks. The
heartbeats of dead workers are made 31 s older in their table. Not played: a child or its parent,
since a worker is one process.
"""

from tools.engines.chains import effect, recovers

VARIANTS = {
    "retry_stalled_jobs": ("kill", "term", "term-late", "again", "two", "restart"),
    "retry_stalled_jobs, retry=3": ("restart",),
    "default": ("kill", "term"),
}
RACES = {"retry_stalled_jobs": ("term", "term-late"), "default": ("term",)}  # signal and answer
FIRST = POLL = r"SELECT procrastinate_fetch_job"
BEAT = r"LISTEN|(COMMIT )?SELECT procrastinate_(update_heartbeat|defer_periodic_job)"
WAITS = {"first": 4, "quiet": 0.8, "round": 3, "limit": 8}
PROMISE = (
    "SIGTERM lets running jobs finish. The jobs of a worker that was killed stay *doing* forever, "
    "unless the application retries them, for example by that task (Retry stalled jobs)."
)
WORDS = [
    (
        "lost",
        r"",
        "The job stays *doing*. Nothing retries it, since the application has no task that does "
        "so; get_stalled_jobs() finds it.",
    ),
    (
        "parked",
        r"^restart",
        "The server goes away before the task has deferred the next job, so the task fails. It "
        "has one attempt unless `retry` is set.",
    ),
    (
        "twice",
        r"^restart",
        "The task has had its effect, and the server goes away before its end is stored. If the "
        "next job had been deferred, the rest of the chain runs twice, too.",
    ),
    (
        "twice",
        r"",
        "The effect has happened, and the job's end is not stored, so it is retried. If it had "
        "deferred the next job, the rest of the chain runs twice, too.",
    ),
]
NEXT = {"a": "b", "b": "c"}


def warm():
    import procrastinate.worker  # noqa: F401
    import psycopg_pool  # noqa: F401


def app(url, variant=""):
    from procrastinate import App, PsycopgConnector

    it = App(connector=PsycopgConnector(conninfo=url))

    def one(name):
        async def job():
            effect(name)
            if name in NEXT:
                await it.configure_task(NEXT[name]).defer_async()

        it.task(name=name, retry=3 if "retry=3" in variant else False)(job)

    for name in "abcp":
        one(name)
    return it


def retry_stalled_jobs(it):
    """Add the task of the documentation, due each second."""

    @it.periodic(cron="* * * * * *")
    @it.task(name="retry_stalled_jobs", queueing_lock="retry_stalled_jobs", pass_context=True)
    async def retry(context, timestamp):
        for job in await it.job_manager.get_stalled_jobs():
            await it.job_manager.retry_job(job)


def prepare(url, _variant):
    it = app(url)
    with it.open():
        it.schema_manager.apply_schema()


def enqueue(url, _variant, name="a"):
    it = app(url)
    with it.open():
        it.configure_task(name).defer()


def probe(url, variant):
    enqueue(url, variant, "p")


def work(url, variant):
    it = app(url, variant)
    if recovers() and "retry_stalled_jobs" in variant:
        retry_stalled_jobs(it)
    it.run_worker(**({"update_heartbeat_interval": 0.3} if recovers() else {}))


def later(psql):
    import time

    time.sleep(1.1)  # a living worker's heartbeat is younger than that
    psql.ask(
        "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '31 s' "
        "WHERE last_heartbeat < now() - interval '1 s'"
    )


def left(psql):
    return dict(
        psql.ask(
            "SELECT status, count(*) FROM procrastinate_jobs "
            "WHERE task_name IN ('a', 'b', 'c', 'p') AND status != 'succeeded' GROUP BY status"
        )
    )
