"""Stories for RQ to crash at every point: an order, a payment, an import, a sum, a fan-in."""

from functools import partial

from rq import Queue, Retry, get_current_job
from rq.job import Dependency

from lesson_code.lab.stage import Story
from lesson_code.patterns.checkpoints import InRedis, run_steps
from lesson_code.with_rq.fallbacks import fallback_if_failed
from lesson_code.with_rq.workflow import enqueue_atomically
from lesson_code.worlds import bank, imports, shop
from lesson_code.worlds.accidents import Refused


def enqueue_order(queue: Queue, *others: Queue) -> None:
    """Charge, then pack, then ship; each has one retry."""
    plan = {"retry": Retry(max=1)}
    charge = queue.enqueue(shop.charge, "A7", job_id="charge", **plan)
    pack = queue.enqueue(shop.pack, "A7", depends_on=charge, job_id="pack", **plan)
    queue.enqueue(shop.ship, "A7", depends_on=pack, job_id="ship", **plan)


def pay_key_first(customer: str, month: str) -> str | None:
    redis = get_current_job().connection
    if redis.set(f"paid:{customer}:{month}", "yes", nx=True):
        return bank.charge(customer, month)
    return None


def pay_with_key(customer: str, month: str) -> str:
    return bank.charge(customer, month, key=f"{customer}:{month}")


def import_all(night: str) -> int:
    return sum(imports.read_file(night, name) for name in imports.FILES)


def import_with_hash(night: str) -> int:
    done = InRedis(get_current_job().connection, night)
    return sum(run_steps(imports.FILES, partial(imports.read_file, night), done).values())


def read_and_write() -> None:
    redis = get_current_job().connection
    sold = int(redis.get("sold") or 0)
    redis.set("sold", sold + 10)


def add_atomically() -> None:
    get_current_job().connection.incrby("sold", 10)


def enqueue_mail(queue: Queue) -> None:
    queue.enqueue(imports.mail, "all files", job_id="mail", retry=Retry(max=1))


def close_and_look(name: str) -> None:
    """Note that this part is done; if all are, enqueue the next job."""
    redis = get_current_job().connection
    redis.sadd("done", name)
    if redis.scard("done") == 2:
        enqueue_mail(Queue(connection=redis))


def close_atomically(name: str) -> None:
    redis = get_current_job().connection
    with redis.pipeline() as both:
        both.sadd("done", name)
        both.scard("done")
        closed = both.execute()[-1]
    if closed == 2:
        enqueue_mail(Queue(connection=redis))


TWO_QUEUES = Story(enqueue_order, queues=("high", "low"))


def refuse(order: str) -> None:
    raise Refused(f"the card for {order}")


def plan_line_by_line() -> None:
    """First a payment, then its fallback."""
    queue = Queue(connection=get_current_job().connection)
    charge = queue.enqueue(refuse, "A7", job_id="charge")
    either = Dependency(charge, allow_failure=True)
    queue.enqueue(
        fallback_if_failed, shop.notify, "an invoice", depends_on=either, job_id="payment"
    )


def plan_atomically() -> None:
    """Both in one transaction."""
    queue = Queue(connection=get_current_job().connection)
    charge = queue.create_job(refuse, ("A7",), job_id="charge")
    guard = {"depends_on": Dependency(charge, allow_failure=True), "job_id": "payment"}
    enqueue_atomically(
        [charge, queue.create_job(fallback_if_failed, (shop.notify, "an invoice"), **guard)]
    )
