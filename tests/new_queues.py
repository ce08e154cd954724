"""Tasks that enqueue into queues that nobody has used before: a worker has to import them."""

import time
from datetime import timedelta

from rq import Queue, get_current_job

from lesson_code.worlds.accidents import task


@task
def send(order: str) -> str:
    return f"sent {order}"


def into(name: str) -> Queue:
    return Queue(name, connection=get_current_job().connection)


def announce(depth: int = 1) -> str:
    """Enqueue `send` into a new queue, by way of so many other new queues."""
    if depth > 1:
        return into(f"way-{depth}").enqueue(announce, depth - 1, job_id=f"announce-{depth}").id
    return into("mail").enqueue(send, "A7", job_id="send").id


def announce_and_come_back() -> None:
    into("mail").enqueue(come_back, job_id="back")


def come_back() -> None:
    into("default").enqueue(send, "A7", job_id="send")


def announce_later() -> None:
    into("mail").enqueue_in(timedelta(hours=1), send, "A7", job_id="send")


def wait_for_mail() -> str:
    """Wait until a job of another queue has ended, as long as three seconds."""
    job = into("mail").enqueue(send, "A7", job_id="send")
    for _ in range(300):
        if job.get_status(refresh=True) == "finished":
            return "seen"
        time.sleep(0.01)
    return "not seen"


def announce_a_failure() -> None:
    into("mail").enqueue(shaky, job_id="shaky")


def shaky() -> None:
    """Fail at the first call."""
    if get_current_job().connection.incr("calls") == 1:
        raise ValueError("not yet")
