"""Procrastinate on PostgreSQL: it has no chain, so a job defers the next one.

Stalled jobs are retried by the periodic task of its documentation (*Retry stalled jobs*). Waits:
that task is due each second in the recovering worker (in the documentation each ten minutes), whose
heartbeat is 0.3 s (default 10 s); the heartbeats of dead workers are made 31 s older in the table.
"""

from tools.engines.chains import effect, recovers

VARIANTS = {
    "retry_stalled_jobs": ("kill", "term", "term-late", "again", "two", "restart"),
    "default": ("kill", "term"),
}
RACES = {"retry_stalled_jobs": ("term", "term-late"), "default": ("term",)}  # signal and answer
FIRST = POLL = r"SELECT procrastinate_fetch_job"
BEAT = r"LISTEN|(COMMIT )?SELECT procrastinate_(update_heartbeat|defer_periodic_job)"
WAITS = {"first": 0.8, "quiet": 0.8, "round": 3, "limit": 8}
PROMISE = "."
WORDS = []
NEXT = {"a": "b", "b": "c"}


def warm():
    import procrastinate.worker  # noqa: F401
    import psycopg_pool  # noqa: F401


def app(url):
    from procrastinate import App, PsycopgConnector

    it = App(connector=PsycopgConnector(conninfo=url))

    def one(name):
        async def job():
            effect(name)
            if name in NEXT:
                await it.configure_task(NEXT[name]).defer_async()

        it.task(name=name)(job)

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
    it = app(url)
    if recovers() and variant == "retry_stalled_jobs":
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
