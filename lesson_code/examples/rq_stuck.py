"""Five orders, each stuck for another reason: the jobs of an exercise of notebook 28."""

from rq import Queue
from rq.job import Dependency

from lesson_code.worlds import accidents, shop


def enqueue_orders(queue: Queue) -> None:
    """Enqueue what runs before the trouble; the bank is down for A1, and E5's mail is refused."""
    accidents.inject_failures({"charge('A1')": ["ServiceDown"], "notify('E5')": "Refused"}, "")
    paid = queue.enqueue(shop.charge, "A1", job_id="charge-A1")
    queue.enqueue(shop.pack, "A1", depends_on=paid, job_id="pack-A1")
    queue.enqueue(shop.notify, "E5", job_id="notify-E5")


def something_happens(queue: Queue) -> None:
    """Enqueue four more orders, and do to them what an operator or a crash does."""
    queue.enqueue(shop.pack, "B2", job_id="pack-B2")
    queue.connection.lrem(queue.key, 0, "pack-B2")  # as a worker that crashes after it took the job

    paid = queue.enqueue(shop.charge, "C3", job_id="charge-C3")
    queue.enqueue(shop.pack, "C3", depends_on=paid, job_id="pack-C3")
    paid.cancel()

    paid = queue.enqueue(shop.charge, "D4", job_id="charge-D4")
    queue.enqueue(shop.pack, "D4", depends_on=paid, job_id="pack-D4")
    paid.delete()

    told = Dependency("notify-E5", allow_failure=True)
    queue.enqueue(shop.pack, "E5", depends_on=told, job_id="pack-E5")
