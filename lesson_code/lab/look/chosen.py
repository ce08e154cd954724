"""The jobs of a Redis that were asked for, as a Run."""

from redis import Redis

from lesson_code.lab.look.as_run import NothingFound, as_run, of_run
from lesson_code.lab.look.client import Progress, in_silence
from lesson_code.lab.look.facts import MISSING, Found
from lesson_code.lab.look.reader import look
from lesson_code.lab.record import Run


def read_chosen(
    redis: str | Redis,
    job: str | None = None,
    run: str | None = None,
    queue: str | None = None,
    show_data: bool = False,
    progress: Progress = in_silence,
) -> tuple[Run, Found]:
    """Return the jobs that were asked for, or all jobs, and what the look has found.

    `job` is an id, `run` the name of a run with which ids begin, `queue` the name of a queue; the
    jobs that dependencies connect with the chosen ones are returned, too. `show_data` is as in
    `as_run`, and `progress` as in `look`. Raises NothingFound, redis.RedisError, and ValueError for
    an address that is none.
    """
    found = look(redis, queue=queue, job=job, data=show_data, progress=progress)
    if job and all(one.id != job or one.state == MISSING for one in found.jobs):
        raise NothingFound(f"there is no job {job!r}")
    if queue and not found.jobs:
        raise NothingFound(f"there is no job of the queue {queue!r}")
    jobs = as_run(found, show_data)
    return (of_run(jobs, run) if run else jobs), found
