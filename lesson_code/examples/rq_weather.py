"""The weather by RQ: a task that enqueues a job for each year that it finds."""

from rq import Queue, get_current_job

from lesson_code.with_rq.chaining import with_parent_results
from lesson_code.worlds import weather


def enqueue_parts(days: list[dict]) -> list[str]:
    """A task that fans out: enqueue a job for each year in the data.

    They wait for this job itself: if it fails half-way and runs again, each is
    there only once. Returns their ids.
    """
    job = get_current_job()
    queue = Queue(job.origin, connection=job.connection)
    years = sorted({day["date"][:4] for day in days})
    for year in years:
        part = [day for day in days if day["date"].startswith(year)]
        queue.enqueue(weather.summarise, part, year, depends_on=job, job_id=year)
    return years


def enqueue_years(days: list[dict]) -> list[str]:
    """The same, and the job that gathers them, while none of them has ended."""
    job = get_current_job()
    queue = Queue(job.origin, connection=job.connection)
    years = enqueue_parts(days)
    gather = (with_parent_results, weather.aggregate_results)
    queue.enqueue(*gather, depends_on=years, job_id="aggregate")
    return years


def weather_by_name(name: str) -> dict[str, dict]:
    """Take the name of the data, not the data."""
    return weather.process(weather.extract(name))
