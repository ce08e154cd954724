"""Tasks that change while their jobs are under way, and tasks that hide what went wrong."""

import threading
import time

from redis import Redis
from rq import Queue
from rq.job import Job


def send_bill(order: str) -> str:
    """This was called `write_bill` until yesterday."""
    return f"bill for {order}"


def greet_strictly(order: str, language: str) -> str:
    """The language is new."""
    return f"{language}: {order}"


def greet(order: str, language: str = "en") -> str:
    """The language is new; jobs of yesterday have none."""
    return f"{language}: {order}"


def note_success(job: Job, connection: Redis, result: object) -> None:
    """A callback with a bug."""
    connection.incrby("sold", result)


def report_failure(job: Job, connection: Redis, *error: object) -> None:
    """A callback: enqueue a letter to the person on call."""
    Queue(connection=connection).enqueue(page_on_call, job.id)


def page_on_call(about: object) -> str:
    return f"please look at {about}"


def look_at(outcome: dict) -> str:
    """Say how a whole chain ended."""
    if "gave up" in outcome:
        return f"please look at it: {outcome['gave up']}; done: {', '.join(outcome['done'])}"
    return "all is well"


def open_the_door() -> object:
    """Return an object that cannot be pickled."""
    return threading.Lock()


def work_carelessly() -> str:
    """Run longer than `job_timeout`, and catch every exception."""
    try:
        for _ in range(500):
            time.sleep(0.01)
    except Exception:
        pass
    return "done"


def work_carefully() -> str:
    """The same, but catch only the exceptions that the task expects."""
    try:
        for _ in range(500):
            time.sleep(0.01)
    except OSError:
        pass
    return "done"
