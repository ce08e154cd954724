"""The weather by RQ: a task that enqueues a job for each year that it finds."""

from rq import Queue, get_current_job

from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds import weather


def fan_out_years(days: list[dict]) -> list[str]:
    """Enqueue a job for each year in the data; return their ids.

    These jobs depend on the job that runs this task. So none of them starts before it has finished,
    and if it fails halfway and runs again, each year is still enqueued only once.
    """
    job = get_current_job()
    queue = Queue(job.origin, connection=job.connection)
    years = sorted({day["date"][:4] for day in days})
    for year in years:
        part = [day for day in days if day["date"].startswith(year)]
        queue.enqueue(weather.summarise, part, year, depends_on=job, job_id=year)
    return years


def enqueue_years(days: list[dict]) -> list[str]:
    """Fan out as above, and enqueue the fan-in, too, before any of the years has ended."""
    job = get_current_job()
    queue = Queue(job.origin, connection=job.connection)
    years = fan_out_years(days)
    queue.enqueue(pass_results, weather.aggregate_results, depends_on=years, job_id="aggregate")
    return years


def weather_by_name(name: str) -> dict[str, dict]:
    """Take the name of the data, not the data."""
    return weather.process(weather.extract(name))
