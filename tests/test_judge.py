"""The judge: it finds faults by the actions of an answer; the same answer has the same verdict."""

import json
import subprocess
import sys

import pytest

from lesson_code.exercises.check import warm
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.check.scenes import impossible
from lesson_code.exercises.check.trial import Outcome
from lesson_code.exercises.check.values import same
from lesson_code.exercises.exercise import Scene, find
from lesson_code.lab.record import JobRecord, Run
from lesson_code.worlds.accidents import Deed
from tests.sampling import sampled
from tools import lesson

SHOP = "from lesson_code.worlds import shop\n"
CHAIN = """
def order_chain(queue):
    job = queue.enqueue(shop.charge, "A7", job_id="charge")
    job = queue.enqueue(shop.pack, "A7", depends_on=job, job_id="pack")
    queue.enqueue(shop.ship, "A7", depends_on=job, job_id="ship")
"""

WRONG = {
    "hard-coded values": (
        "pass_it_on",
        """
from lesson_code.worlds import billing

def say(what): return what
def total(): return billing.total("A7") and 120
def voucher(): return billing.voucher("Ann") and 20
def bill(): return billing.bill(120, 20)
def mail(): return billing.mail(100, "Ann")

def pass_it_on(queue):
    parts = [queue.enqueue(total, job_id="total"), queue.enqueue(voucher, job_id="voucher")]
    job = queue.enqueue(bill, depends_on=parts, job_id="bill")
    queue.enqueue(mail, depends_on=job, job_id="mail")
""",
        "With other data: ",
    ),
    "memory of the process": (
        "one_reading_two_reports",
        """
from lesson_code.worlds import nightly_report as report
kept = {}

def read():
    kept["mon"] = report.read_gauge("mon")
    return kept["mon"]

def highest(): return report.highest(kept["mon"])
def rise(): return report.rise(kept["mon"])

def one_reading_two_reports(queue):
    job = queue.enqueue(read, job_id="read")
    for task in (highest, rise):
        queue.enqueue(task, depends_on=job, job_id=task.__name__)
""",
        "`highest` failed (KeyError: 'mon')",
    ),
    "a try too many": (
        "try_again",
        """
from lesson_code.worlds import bookings

def try_again(queue):
    queue.enqueue(bookings.book_room, "Rome", retry=Retry(max=9), job_id="room")
""",
        "When the hotel never answers: `book_room('Rome')` was tried 10 times",
    ),
    "a delay": (
        "order_chain",
        SHOP
        + """
from datetime import timedelta

def order_chain(queue):
    queue.enqueue(shop.charge, "A7", job_id="charge")
    queue.enqueue_in(timedelta(minutes=1), shop.pack, "A7", job_id="pack")
    queue.enqueue_in(timedelta(minutes=2), shop.ship, "A7", job_id="ship")
""",
        "it started before `charge` had ended; a delay is not a dependency",
    ),
    "a failure that the exercise never played": (
        "order_chain",
        SHOP + CHAIN.replace("depends_on=job", "depends_on=Dependency(job, allow_failure=True)"),
        "`pack` ran, but it should not run",
    ),
    "work done before a worker came": (
        "order_chain",
        SHOP
        + """
def given(what): return what

def order_chain(queue):
    job = None
    for name in ("charge", "pack", "ship"):
        done = getattr(shop, name)("A7")
        job = queue.enqueue(given, done, depends_on=job, job_id=name)
""",
        "`charge('A7')` was done before any worker started. If you called it: pass `charge`",
    ),
    "work done in another job": (
        "order_chain",
        SHOP
        + """
def all_at_once():
    shop.charge("A7"), shop.pack("A7"), shop.ship("A7")
    return "receipt for A7"

def given(what): return what

def order_chain(queue):
    job = queue.enqueue(all_at_once, job_id="charge")
    job = queue.enqueue(given, "parcel of A7", depends_on=job, job_id="pack")
    queue.enqueue(given, "A7 is on its way", depends_on=job, job_id="ship")
""",
        "`pack('A7')` was done in `charge`; it belongs to `pack`",
    ),
    "an order that only luck brings": (
        "undo_order",
        SHOP
        + """
from lesson_code.with_rq.saga import enqueue_saga

UNDO = {"charge": shop.refund, "pack": shop.unpack}

def undo(name):
    outcome = get_current_job().fetch_dependencies()[0].return_value()
    if "gave up" in outcome and name in outcome["done"]:
        UNDO[name]("A7")

def undo_order(queue):
    steps = [(shop.charge, None), (shop.pack, None), (shop.ship, None)]
    ship = enqueue_saga(queue, steps, "A7", run="A7")["ship"]
    for name in ("pack", "charge"):  # nothing keeps this order but the names of the jobs
        queue.enqueue(undo, name, depends_on=ship, job_id=f"undo-{-len(name)}")
""",
        "the tasks ran in the order",
    ),
    "a key deleted behind RQ's back": (
        "order_chain",
        SHOP
        + CHAIN
        + """
    queue.enqueue(shop.charge, "B8", depends_on=job, job_id="ghost")
    queue.connection.delete("rq:job:ghost")
""",
        "changes a key of RQ behind its back",
    ),
    "a job that only a registry knows": (
        "order_chain",
        "from rq.job import Job\n"
        + SHOP
        + CHAIN
        + """
    nobody = Job("ghost", connection=queue.connection)
    queue.finished_job_registry.add(nobody, ttl=600)
""",
        "RQ still lists `ghost` as finished",
    ),
    "an order that only this process's sets have": (
        "order_chain",
        SHOP
        + """
def order_chain(queue):
    job = None
    for name in {"charge", "pack", "ship"}:  # with the hash seed 0 they come in this order
        job = queue.enqueue(getattr(shop, name), "A7", depends_on=job, job_id=name)
""",
        "`ship` does not wait for `charge`",
    ),
    "ids made of a hash": (
        "one_id",
        """
from lesson_code.worlds import shop

async def pack(ctx, order):
    return shop.pack(order)

async def one_id(pool, order):
    job = await pool.enqueue_job("pack", order, _job_id=f"pack-{order}")
    again = await pool.enqueue_job("pack", order, _job_id=f"{hash(order)}")
    return bool(job and again)
""",
        "`pack('A7')` was done",
    ),
}


LOADED = ["side_by_side", "all_weighed"]  # `make steady` plays all


STUTTER = """
import json, random, sys, threading, time
import psutil
from lesson_code.exercises.check import process
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import find

class Stuttering(process.Forked):
    def __init__(self, *args):
        super().__init__(*args)
        threading.Thread(target=self.stutter, daemon=True).start()

    def stutter(self):
        while True:
            for number in (19, 18):  # stop, go on
                try:
                    self.process.send_signal(number)
                except psutil.NoSuchProcess:
                    return
                time.sleep(random.uniform(0, 0.02))

process.Forked = Stuttering
asked = json.load(sys.stdin)
print(json.dumps({name: examine(find(name), answers) for name, answers in asked.items()}))
"""


def in_one_go_and_stuttering(name: str) -> list[list[dict]]:
    """Return the verdicts on some answers as they are, and from judges that are held up again and
    again, as by a machine with too much to do.
    """
    exercise = find(name)
    answers = [*exercise.solutions[:2], *(wrong.answer for wrong in exercise.wrong[:3])]
    told = subprocess.run(
        [sys.executable, "-c", STUTTER],
        input=json.dumps({name: answers}),
        cwd=lesson.PROJECT,
        capture_output=True,
        text=True,
    )
    assert not told.returncode, told.stderr
    return [examine(exercise, answers), json.loads(told.stdout)[name]]


@pytest.mark.parametrize("what", sampled(WRONG, 3))
def test_what_is_wrong_is_found_by_what_it_does(what):
    name, answer, sentence = WRONG[what]
    (verdict,) = examine(find(name), [answer])
    assert not verdict["solved"]
    assert any(sentence in told for told in verdict["sentences"]), verdict["sentences"]


RIGHT = {
    "another name, a type hint, a default": SHOP
    + CHAIN.replace("(queue)", "(to: Queue, order: str = 'A7')", 1).replace("queue.", "to."),
    "arguments by name": SHOP + CHAIN.replace(', "A7"', ', order="A7"'),
    "a job more": SHOP + CHAIN + "    queue.enqueue(sum, [1, 2], depends_on=job)\n",
    "a print in the cell": SHOP + "print('hello')\n" + CHAIN,
    "the check's own imports": SHOP
    + "from lesson_code.exercises import check, hint\nfrom lesson_code.lab import Lab, work\n"
    + CHAIN,
}


@pytest.mark.parametrize("how", sampled(RIGHT, 2))
def test_what_is_right_is_accepted_however_it_is_written(how):
    (verdict,) = examine(find("order_chain"), [RIGHT[how]])
    assert verdict["solved"], verdict["sentences"]
    assert verdict["printed"] == ("hello" if "print('" in RIGHT[how] else "")


def test_a_task_of_rq_may_be_a_coroutine_function():
    task = find("charge_once").solutions[0]
    (verdict,) = examine(find("charge_once"), [task.replace("def charge", "async def charge")])
    assert verdict["solved"], verdict["sentences"]


@pytest.mark.skipif(not warm.CAN_FORK, reason="no signals stop a process here")
@pytest.mark.parametrize("name", sampled(LOADED, 1))
def test_a_busy_machine_changes_no_verdict(name):
    in_one_go, held_up = in_one_go_and_stuttering(name)
    assert held_up == in_one_go and len(held_up) == 5


def test_a_tuple_in_a_dict_is_as_good_as_a_list():
    assert same({"missing": ("a",), "n": [1, (2,)]}, {"missing": ["a"], "n": (1, [2])})
    assert not same({"missing": ("a",)}, {"missing": ["b"]})
    assert not same({"a": 1}, {"b": 1}) and not same(1, 1.0)


PLAIN = Outcome(Run((JobRecord("pay", "charge", "finished"),)), (), (Deed("charge('A7')"),), None)


@pytest.mark.parametrize(
    ("scene", "why"),
    [
        (Scene(fails={"chrage": "Refused"}), "'chrage' is never called; there are: charge"),
        (Scene(fails={"charge('B7')": "Refused"}), "\"charge('B7')\" is never called"),
        (Scene(fails={"charge": ["Refused", "Refusd"]}), "'Refusd' is no error that can be played"),
        (Scene(dies="chrage"), "'chrage' is never called"),
        (Scene(twice="pya"), "no job 'pya' ever runs; there are: pay"),
    ],
)
def test_a_scene_that_can_never_happen_is_told(scene, why):
    [told] = impossible(scene, PLAIN, PLAIN)
    assert told.startswith(why)
    assert not [*impossible(Scene(fails={"charge('A7')": ["Refused"]}), PLAIN, PLAIN)]
