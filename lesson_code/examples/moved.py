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
    """The language is new; jobs of yesterday do not name one."""
    return f"{language}: {order}"


def note_success(job: Job, connection: Redis, result: object) -> None:
    """A callback with a fault in it."""
    connection.incrby("sold", result)


def report_failure(job: Job, connection: Redis, *error: object) -> None:
    """A callback: enqueue a letter to the people on duty."""
    Queue(connection=connection).enqueue(to_the_duty, job.id)


def to_the_duty(about: object) -> str:
    return f"please look at {about}"


def look_at(outcome: dict) -> str:
    """Tell how a whole chain has ended."""
    if "gave up" in outcome:
        return f"please look at it: {outcome['gave up']}; done: {', '.join(outcome['done'])}"
    return "all is well"


def open_the_door() -> object:
    """Return a thing that cannot be written down."""
    return threading.Lock()


def work_carelessly() -> str:
    """Take longer than the job may."""
    try:
        for _ in range(500):
            time.sleep(0.01)
    except Exception:
        pass
    return "done"


def work_carefully() -> str:
    """The same, but only the errors that it knows are caught."""
    try:
        for _ in range(500):
            time.sleep(0.01)
    except OSError:
        pass
    return "done"
