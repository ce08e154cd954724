"""Look at a Redis: `look` reads, and changes nothing."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from redis import Redis

from lesson_code.lab.look.arq_reader import ArqReader
from lesson_code.lab.look.client import Progress, in_silence, reading_client
from lesson_code.lab.look.facts import MISSING, Found, JobFacts
from lesson_code.lab.look.linked import connected
from lesson_code.lab.look.rq_reader import RqReader
from lesson_code.lab.look.server import read_server

MOST = 300_000  # jobs that are read at most, of each library


def look(
    redis: str | Redis,
    queue: str | None = None,
    job: str | Collection[str] | None = None,
    most: int = MOST,
    data: bool = False,
    progress: Progress = in_silence,
) -> Found:
    """Return the jobs, workers, queues and settings of a Redis: a URL, or a client's database.

    `queue` keeps only the jobs of that queue, and those they are connected with. `job`, an id or
    several, reads only these and those they are connected with. With `data`, calls and results are
    read, too, as text. `progress(commands)` is called after each round trip, with the number of its
    commands. The oldest job comes first.

    The jobs are not read at one moment: one that moves meanwhile can seem to be in no list. A job
    is stuck if a second look finds it so, too. Raises redis.ConnectionError, and
    redis.ResponseError if the user lacks the permission to read.
    """
    client = reading_client(redis, progress)
    asked = None if job is None else [job] if isinstance(job, str) else [*job]
    with client:
        server = read_server(client)
        rq = RqReader(client, server.now, most, data)
        jobs, workers, queues = rq.read(asked)
        whole, aborts = rq.whole, {}
        there = {one.id for one in jobs if one.state != MISSING}
        if asked is None or not there.issuperset(asked):
            arq = ArqReader(client, server.now, most, data)
            more, arq_workers, arq_queues, aborts = arq.read(asked, queue)
            jobs = [*jobs, *more]
            workers, queues = [*workers, *arq_workers], [*queues, *arq_queues]
            whole = whole and arq.whole
    linked = _with_dependents(sorted(jobs, key=_age))
    if queue is not None:
        chosen = [one.id for one in linked if one.queue == queue]
        kept = connected({one.id: one.after for one in linked}, chosen)
        linked = [one for one in linked if one.id in kept]
    limits = tuple(rq.limits)
    return Found(tuple(linked), tuple(workers), tuple(queues), server, whole, aborts, limits)


def _age(job: JobFacts) -> tuple[float, str]:
    return job.created_at or job.enqueued_at or 0, job.id


def _with_dependents(jobs: list[JobFacts]) -> list[JobFacts]:
    dependents: dict[str, list[str]] = defaultdict(list)
    for job in jobs:
        for one in job.after:
            dependents[one].append(job.id)
    return [
        replace(job, dependents=tuple(dependents[job.id])) if job.id in dependents else job
        for job in jobs
    ]
