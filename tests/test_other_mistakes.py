"""Two mistakes of one symptom: the reason of the one is not told of the other."""

from typing import NamedTuple

import pytest

from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import exercises, find
from lesson_code.exercises.learner import sentences

OWN = "Queue('orders', connection=queue.connection)"
BOOKED = """
def pay(customer, month):
    redis = get_current_job().connection
"""
PAID = """
def {name}(queue):
    queue.enqueue(pay, "Ada", "May", retry=Retry(max=2), job_id="pay")
"""


class Other(NamedTuple):
    """An answer that gets the sentence `symptom`, for which `reason` is not the cause."""

    exercise: str
    symptom: str
    reason: str
    answer: str


OTHERS = {
    "a note after the charge": Other(
        "pays_twice",
        "happens twice",
        "each run makes a new key",
        "from lesson_code.worlds import bank\n"
        + BOOKED
        + "    if not redis.get('paid'):\n        bank.charge(customer, month)\n"
        + "        redis.set('paid', 1)\n"
        + PAID.format(name="pays_twice"),
    ),
    "a mark set first": Other(
        "marked_first",
        "never happens",
        "the retry comes within the hour",
        "from lesson_code.worlds import bank\n"
        + BOOKED
        + "    if redis.setnx('paid', 1):\n        bank.charge(customer, month)\n"
        + PAID.format(name="marked_first"),
    ),
    "a wrong id": Other(
        "next_in_line",
        "there is no job `ship`",
        "has no `await` or no `_job_id`",
        """
from lesson_code.worlds import shop

async def charge(ctx, order):
    receipt = shop.charge(order)
    await ctx["redis"].enqueue_job("ship", order, _job_id=f"ship-{order}")
    return receipt

async def ship(ctx, order):
    return shop.ship(order)

async def next_in_line(pool):
    await pool.enqueue_job("charge", "A7", _job_id="charge")
""",
    ),
    "a missing id": Other(
        "all_weighed",
        "there is no job `E5-postage`",
        "an order without boxes has no last box",
        """
from lesson_code.worlds import parcels

async def pack(ctx, order):
    boxes = parcels.pack(order)
    await parallel.register_parts(ctx["redis"], order, boxes)
    for box in boxes:
        await ctx["redis"].enqueue_job("weigh", order, box, _job_id=box)
    if not boxes:
        await ctx["redis"].enqueue_job("postage", order)

async def weigh(ctx, order, box):
    grams = await parcels.weigh(box)
    if await parallel.complete_part(ctx["redis"], order, box, grams) == 0:
        await ctx["redis"].enqueue_job("postage", order)
    return grams

async def postage(ctx, order):
    grams = await parallel.outcomes(ctx["redis"], order)
    return parcels.buy_postage(order, sum(grams.values()))

async def all_weighed(pool):
    for order in ["A7", "E5"]:
        await pool.enqueue_job("pack", order, _job_id=order)
""",
    ),
    "nothing is stored": Other(
        "resume_import",
        "was done twice",
        "stored only at the end",
        find("resume_import").stub.replace("return sum(", "return sum(0 + "),
    ),
    "a dependency that is gone": Other(
        "morning_after",
        "`tidy-wed` is still deferred",
        "cancelled or left as it is",
        """
def morning_after(queue):
    queue.fetch_job("read-tue").requeue()
    queue.fetch_job("publish-wed").delete()
""",
    ),
    "a limit that the partner gets": Other(
        "not_for_ever",
        "`price` failed (TypeError: ask() got an unexpected keyword argument 'timeout')",
        "passes each argument that it does not know",
        find("not_for_ever").stub.replace(".ask(question)", ".ask(question, timeout=1)"),
    ),
    "no look at the plan": Other(
        "checked_plan",
        "`stock` ran, but it should not run",
        "half of a wrong plan is enqueued",
        """
def checked_plan(queue, plan):
    names = list(plan)
    for name, (task, parents) in plan.items():
        known = [one for one in parents if one in names]
        queue.enqueue(pass_results, task, depends_on=known, job_id=name)
    return len(names) > 0
""",
    ),
    "the orders moved away": Other(
        "own_queue",
        "`report-1` is in the queue `default`; it should be in `reports`",
        "still in the same queue as the orders",
        find("own_queue").stub.replace("queue.enqueue(shop.charge", f"{OWN}.enqueue(shop.charge"),
    ),
    "another value for nothing": Other(
        "best_offer",
        "When no carrier answers: `price` ran, but it should have failed",
        "sees `None`",
        """
from lesson_code.worlds import parcels

async def best_offer(ctx, carriers):
    asked = (parcels.ask(carrier) for carrier in carriers)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    return min((one for one in answers if isinstance(one, tuple)), default=(0, "nobody"))
""",
    ),
    "waits that no one draws": Other(
        "spread",
        "a wait is out of bounds",
        "random waits must stay",
        find("spread").stub.replace("max=4", "max=4, interval=[0, 0, 0, 0]"),
    ),
    "a cancelled job that is looked at": Other(
        "stranded",
        "['pack-A7', 'ship-A7', 'ship-B8', 'tell-A7', 'tell-B8'], ['pack-A7', 'ship-A7', 'ship-B8'",
        "a cancelled job never finishes either",
        """
def never_ends(job):
    if job.is_failed or job.is_canceled:
        return True
    return job.is_deferred and all(never_ends(parent) for parent in job.fetch_dependencies())

def stranded(queue):
    names = queue.deferred_job_registry.get_job_ids()
    return sorted(name for name in names if never_ends(queue.fetch_job(name)))
""",
    ),
    "a typo that the sorter takes": Other(
        "checked_plan",
        "`stock` ran, but it should not run",
        "half of a wrong plan is enqueued",
        """
from graphlib import CycleError, TopologicalSorter

def checked_plan(queue, plan):
    parents_of = {name: parents for name, (_, parents) in plan.items()}
    try:
        names = [*TopologicalSorter(parents_of).static_order()]
    except CycleError:
        return False
    for name in [name for name in names if name in plan]:
        queue.enqueue(pass_results, plan[name][0], depends_on=parents_of[name], job_id=name)
    return True
""",
    ),
    "a weight that is added twice": Other(
        "all_weighed",
        "`buy_postage('A7', 11600)` was done once",
        "the number was 0 while the sofa was still on the scales",
        find("all_weighed").wrong[-1].answer,
    ),
    "boxes in a queue of their own": Other(
        "full_house",
        "`B2-book` is still queued",
        "orders that wait occupy both slots",
        find("full_house").stub.replace("_job_id=box", "_job_id=box, _queue_name='boxes'"),
    ),
    "a run without a crash": Other(
        "place_of_loss",
        "nothing is wrong",
        "another worker came and finished the work",
        'def place_of_loss():\n    return "s3w2"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", OTHERS)
def test_the_reason_of_another_mistake_is_not_told(mistake):
    other = OTHERS[mistake]
    exercise = find(other.exercise)
    [wrong] = {one.because: one for one in exercise.wrong if other.reason in one.because}.values()
    [verdict] = examine(exercise, [other.answer])
    told = " ".join(sentences(exercise, verdict, other.answer))
    assert other.symptom in told and wrong.because not in told


# The sentence of each of these shows all that the reason claims.
SHOWN_BY_THE_SENTENCE = {
    "order_of_loss": 3, "place_of_loss": 3, "ordered_by_luck": 1, "morning_after": 1,
    "needs_a_scheduler": 1, "try_again": 1, "last_call": 1, "in_groups": 1,
    "stranded": 2, "checked_plan": 2, "new_name": 2, "own_queue": 1,
}  # fmt: skip


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda one: one.id)
def test_a_reason_says_what_has_to_be_seen_for_it(exercise):
    unseen = [one.says for one in exercise.wrong if one.because and not one.seen]
    assert len(unseen) == SHOWN_BY_THE_SENTENCE.get(exercise.id, 0), unseen
