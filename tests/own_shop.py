"""A project of one's own for the tests: a package with tasks, a till, and the code that enqueues.

`write(folder)` writes it. The package knows nothing of the lesson.
"""

from pathlib import Path

FILES = {
    "__init__.py": "",
    "till.py": """
from rq import get_current_job

charged = []


def charge(order, key=None):
    return f"charged {order}"


async def charge_soon(order):
    return f"charged {order}"


class Gateway:
    def book(self, order):
        return f"booked {order}"

    @staticmethod
    def refund(order):
        return f"refunded {order}"


def remember(order):
    charged.append(order)


def enter(order):
    get_current_job().connection.hsetnx("ledger", order, "charged")
""",
    "tasks.py": """
import logging
import subprocess
import threading
import time
import uuid
from datetime import datetime
from pathlib import Path
from socket import create_connection
from time import sleep

from rq import Queue, Retry, get_current_job

from ownshop import till
from ownshop.till import Gateway, charge

STEPS = [charge, print]


def reserve(order):
    print("reserving")
    logging.warning("reserving")
    return order


def pay(order):
    return charge(order)


def book(order):
    Gateway.refund(order)
    return Gateway().book(order)


def pay_with_a_key(order):
    return charge(order, key=f"{uuid.uuid4()} {time.time()} {datetime.now()}")


def enter(order):
    till.enter(order)


def ship(order):
    return f"shipped {order}"


def pay_later(order):
    own = Queue("low", connection=get_current_job().connection)
    own.enqueue(pay, order, job_id=f"pay-{order}", retry=Retry(max=2))


def told(job, connection, result):
    pass


def nap(order):
    sleep(100)
    return datetime.now().year, time.time()


def start_thread(order):
    thread = threading.Thread(target=print, args=("",), kwargs={"end": ""})
    thread.start()
    thread.join()


def write_file(order):
    Path(__file__).with_name("receipt.txt").write_text(order)


def start_process(order):
    subprocess.run(["true"], check=True)


def ask_network(order):
    create_connection(("localhost", 1), timeout=1)


def remember(order):
    till.remember(order)
""",
    "flows.py": """
from datetime import timedelta

from rq import Callback, Queue, Retry

from ownshop import tasks

AGAIN = Retry(max=2)


def order(high, low):
    first = high.enqueue(tasks.reserve, "A7", job_id="reserve", retry=AGAIN)
    second = high.enqueue(tasks.pay, "A7", job_id="pay", depends_on=first, retry=AGAIN)
    low.enqueue(tasks.ship, "A7", job_id="ship", depends_on=second, retry=AGAIN)


def steady(queue):
    first = queue.enqueue(tasks.reserve, "A7", job_id="reserve", retry=AGAIN)
    queue.enqueue(tasks.enter, "A7", job_id="enter", depends_on=first, retry=AGAIN)


def paid(queue):
    first = queue.enqueue(tasks.reserve, "A7", job_id="reserve", retry=AGAIN)
    queue.enqueue(tasks.pay, "A7", job_id="pay", depends_on=first, retry=AGAIN)


def once_only(queue):
    queue.enqueue(tasks.pay, "A7")


def later(queue):
    queue.enqueue_in(timedelta(hours=1), tasks.pay, "A7", job_id="pay", retry=AGAIN)


def with_callback(queue):
    done = Callback(tasks.told)
    queue.enqueue(tasks.reserve, "A7", job_id="reserve", retry=AGAIN, on_success=done)


def nothing(queue):
    pass


def broken(queue):
    {}["A7"]


def one(name):
    def enqueue(queue):
        queue.enqueue(getattr(tasks, name), "A7", job_id=name, retry=AGAIN)

    return enqueue


def with_reserve(name):
    def enqueue(queue):
        queue.enqueue(tasks.reserve, "A7", job_id="reserve")
        one(name)(queue)

    return enqueue


def offline(queue):
    queue.enqueue(tasks.ask_network, "A7", job_id="ask")
    queue.enqueue(tasks.reserve, "A7", job_id="reserve")


def forgotten(queue):
    queue.enqueue(tasks.pay, "A7", job_id="pay", result_ttl=0)


keyed, booked, nested = one("pay_with_a_key"), one("book"), one("pay_later")
""",
    "soon.py": """
from ownshop.till import charge_soon


async def pay(ctx, order):
    await charge_soon(order)
    await ctx["redis"].enqueue_job("ship", order, _job_id=f"ship-{order}")


async def ship(ctx, order):
    return f"shipped {order}"


async def enqueue(pool):
    await pool.enqueue_job("pay", "A7", _job_id="pay-A7")


async def enqueue_ship(pool):
    await pool.enqueue_job("ship", "A7", _job_id="ship-A7")


class WorkerSettings:
    functions = [pay, ship]
    max_tries = 5
""",
    "classes.py": """
from rq import Queue
from rq.job import Job


class OwnJob(Job):
    pass


class OwnQueue(Queue):
    pass
""",
    "stories.py": """
from lesson_code.lab import ArqStory, Story
from ownshop import flows, soon, till

PAID = Story(flows.paid, counts=(till.charge,))
ORDER = Story(flows.order, queues=("high", "low"), counts=(till.charge,))
SOON = ArqStory(soon.enqueue, soon.WorkerSettings, counts=(till.charge_soon, soon.ship))
""",
    "clients.py": """
import redis.asyncio
from redis import Redis
from rq import Queue, Retry

till = Redis(host="redis.example.org", db=3, decode_responses=True)
low = Queue("low", connection=Redis(host="redis.example.org"))
later = redis.asyncio.Redis(host="redis.example.org")


def pay(order):
    till.hsetnx("ledger", order, "charged")
    assert till.hgetall("ledger") == {order: "charged"}
    low.enqueue(ship, order, job_id="ship", retry=Retry(max=2))


def ship(order):
    till.rpush("shipped", order)


def flow(queue):
    queue.enqueue(pay, "A7", job_id="pay", retry=Retry(max=2))


async def pay_later(ctx, order):
    await later.hset("ledger", order, "charged")


async def flow_later(pool):
    await pool.enqueue_job("pay_later", "A7", _job_id="pay")


class WorkerSettings:
    functions = [pay_later]
""",
    "bad_import.py": "import no_such_library\n",
    "bad_syntax.py": "def (\n",
}


def write(folder: Path) -> None:
    """Write the package `ownshop` into this folder."""
    (folder / "ownshop").mkdir()
    for name, text in FILES.items():
        (folder / "ownshop" / name).write_text(text.lstrip())
