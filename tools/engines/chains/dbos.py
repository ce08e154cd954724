"""DBOS on PostgreSQL: a client enqueues a workflow of the three steps, which a worker takes.

It recovers at its next start: a process recovers what was interrupted in one with its executor id.
There is nothing to wait for. By default no handler is set, so SIGTERM ends Python at once. Not
played: two workers, since each needs an executor id of its own, and then an interrupted workflow
waits for a process with its id, or for DBOS Conductor; a child or its parent, since a worker is one
process.
"""

from tools.engines.chains import effect

VARIANTS = {
    "default": ("kill", "term", "again", "restart"),
    "SIGTERM calls DBOS.destroy": ("term", "term-late"),
}
FIRST = POLL = r"SELECT workflow_status workflow_uuid$"
BEAT = (
    r"LISTEN|INSERT queues|((COMMIT|ROLLBACK) )?("
    r"SELECT (set_config|queues|workflow_schedules|application_versions)"
    r"|SELECT workflow_status workflow_uuid$"
    r"|UPDATE workflow_status status (deduplication_id|updated_at queue_name))"
)
WAITS = {"first": 2.5, "quiet": 2.5, "round": 4, "limit": 10}
PROMISE = (
    "workflows always run to completion, and steps are tried at least once but are never "
    "re-executed after they complete (docs.dbos.dev, Workflows)."
)
WORDS = [
    (
        "twice",
        r"",
        "The step has had its effect, and its record is not committed. When the workflow is "
        "recovered, the step runs again.",
    ),
]
QUEUE = "chain"


def warm():
    import dbos  # noqa: F401
    import psycopg  # noqa: F401


def app(url):
    from dbos import DBOS

    DBOS(config={"name": "chain", "system_database_url": url, "log_level": "INFO"})
    a, b, c = (DBOS.step(name=name)(lambda name=name: effect(name)) for name in "abc")

    @DBOS.workflow(name="chain")
    def chain():
        a()
        b()
        c()

    @DBOS.workflow(name="probe")
    def extra():
        effect("p")

    DBOS.launch()
    DBOS.register_queue(QUEUE)
    return DBOS


def prepare(url, _variant):
    app(url).destroy()


def enqueue(url, _variant, name="chain"):
    from dbos import DBOSClient

    client = DBOSClient(system_database_url=url)
    client.enqueue({"queue_name": QUEUE, "workflow_name": name})
    client.destroy()


def probe(url, variant):
    enqueue(url, variant, "probe")


def work(url, variant):
    import signal
    import threading

    it, told = app(url), threading.Event()
    if "destroy" in variant:
        signal.signal(signal.SIGTERM, lambda *_: told.set())
    told.wait()
    it.destroy(workflow_completion_timeout_sec=4)


def later(psql):
    pass


def left(psql):
    found = "SELECT status, count(*) FROM dbos.workflow_status WHERE status != 'SUCCESS' GROUP BY 1"
    running = ("PENDING", "ENQUEUED")
    return {name if name in running else "failed": count for name, count in psql.ask(found)}
