"""The recipes of `with_rq` and `with_arq`, as stories: each promise is tested and shown."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from arq import Retry as ArqRetry
from rq import Queue, Retry, get_current_job
from rq.job import Dependency

from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.patterns.tasks import named
from lesson_code.with_arq import fallbacks as arq_fallbacks
from lesson_code.with_arq import parallel as arq_parallel
from lesson_code.with_arq import waiting as arq_waiting
from lesson_code.with_arq.saga import saga
from lesson_code.with_rq import parallel, retries
from lesson_code.with_rq.chaining import pass_results
from lesson_code.with_rq.chord import enqueue_chord
from lesson_code.with_rq.fallbacks import (
    catch_final_failure,
    enqueue_missed_dependents,
    fallback_if_failed,
)
from lesson_code.with_rq.saga import enqueue_saga
from lesson_code.with_rq.workflow import enqueue_atomically, enqueue_workflow
from lesson_code.worlds.accidents import Refused, ServiceDown, task
from tests.stories import (
    DIAMOND,
    STEPS,
    TWO_QUEUES,
    Steps,
    enqueue_chain,
    enqueue_steps,
    first,
    join,
    second,
)

AGAIN = {"retry": Retry(max=4)}  # three tries, and one crash


@task
def refuse() -> str:
    raise Refused("no")


@task
def down() -> str:
    raise ServiceDown("no answer")


@task
def invoice() -> str:
    return "invoice"


@task
def confirm(payment: str) -> str:
    return f"paid by {payment}"


@task
def weigh(parcel: str) -> str:
    if parcel == "b":
        raise Refused("too heavy")
    return parcel * 2


@task
def add_up(outcomes: dict) -> list:
    return [*outcomes]


@task
def reserve() -> None:
    pass


@task
def release() -> None:
    pass


@task
def charge() -> None:
    pass


@task
def refund() -> None:
    pass


async def book() -> None:
    reserve()


async def unbook() -> None:
    release()


async def pay_now() -> None:
    charge()


async def pay_back() -> None:
    refund()


async def fail_later() -> None:
    refuse()


LATER = [(book, unbook), (pay_now, pay_back), (fail_later, None)]  # coroutine functions


# RQ


def enqueue_plan(queue: Queue) -> None:
    steps = {
        "top": (first, [], AGAIN),
        "left": (second, ["top"], AGAIN),
        "right": (second, ["top"], AGAIN),
        "end": (join, ["left", "right"], AGAIN),
    }
    enqueue_workflow(queue, steps, run="monday")


def enqueue_import(queue: Queue) -> None:
    enqueue_plan(Queue("import", queue.connection, default_timeout=60))


def client() -> None:
    """A program that enqueues a plan while workers listen, and that may die."""
    enqueue_plan(Queue(connection=get_current_job().connection))


def enqueue_client(queue: Queue) -> None:
    queue.enqueue(client, job_id="client", **AGAIN)


def payment(in_front: Callable) -> Callable[[Queue], None]:
    """Return what enqueues a payment with a fallback: this task, or else an invoice."""

    def enqueue(queue: Queue) -> None:
        steps = {
            "charge": ([catch_final_failure, in_front], [], AGAIN),
            "payment": ([fallback_if_failed, invoice], ["charge"], AGAIN),
            "confirm": (confirm, ["payment"], AGAIN),
        }
        enqueue_workflow(queue, steps)

    return enqueue


def enqueue_guard(queue: Queue) -> None:
    job = queue.create_job(refuse, job_id="charge")
    plan = {"depends_on": Dependency(job, allow_failure=True), "job_id": "payment", **AGAIN}
    guard = queue.create_job(fallback_if_failed, (named(invoice),), **plan)
    plan = {"depends_on": guard, "job_id": "confirm", **AGAIN}
    last = queue.create_job(pass_results, (named(confirm),), **plan)
    enqueue_atomically([job, guard, last])


def sweep(*queues: Queue) -> None:
    for queue in queues:
        enqueue_missed_dependents(queue)


def enqueue_retried(queue: Queue) -> None:
    queue.enqueue(retries.retry_on, ServiceDown, down, job_id="down", retry=Retry(max=2))
    queue.enqueue(retries.retry_on, ServiceDown, first, job_id="well", **AGAIN)


def enqueue_tree(queue: Queue) -> None:
    parts = [queue.enqueue(first, job_id=name, **AGAIN) for name in "abcd"]
    parallel.enqueue_tree_fan_in(queue, join, parts, job_id="all", width=2, **AGAIN)


def enqueue_some(queue: Queue) -> None:
    tasks = {"a": first, "b": refuse, "c": first}
    parts = [queue.enqueue(one, job_id=name, **AGAIN) for name, one in tasks.items()]
    after = Dependency(parts, allow_failure=True)
    task_and_id = {"depends_on": after, "job_id": "all", **AGAIN}
    queue.enqueue(parallel.pass_available_results, join, **task_and_id)


def enqueue_countdown(queue: Queue) -> None:
    enqueue_chord(queue, weigh, {f"part-{name}": [name] for name in "abc"}, add_up, "night")


def trip(last: Callable) -> Callable[[Queue], None]:
    steps = [(reserve, release), (charge, refund), (last, None)]
    return lambda queue: enqueue_saga(queue, steps, run="A7")


def later(queue: Queue) -> None:
    enqueue_saga(queue, LATER, run="A7")


# ARQ


class PatientSteps(Steps):
    functions, job_completion_wait = Steps.functions, 5


async def pay(ctx: dict) -> str:
    if why := await arq_fallbacks.gave_up(ctx):
        await arq_fallbacks.enqueue_once(ctx, "send_invoice")
        raise arq_fallbacks.GaveUp(why)
    try:
        down()
    except ServiceDown as error:
        if ctx["job_try"] < 2:
            raise ArqRetry(defer=0.1) from error
        await arq_fallbacks.give_up(ctx, repr(error))
        await arq_fallbacks.enqueue_once(ctx, "send_invoice")
        raise


async def send_invoice(ctx: dict) -> str:
    await arq_fallbacks.enqueue_once(ctx, "tell", invoice())


async def tell(ctx: dict, payment: str) -> str:
    return confirm(payment)


class Payments:
    functions, max_jobs, max_tries = (pay, send_invoice, tell), 1, 10


async def weigh_part(ctx: dict, name: str) -> None:
    try:
        outcome = weigh(name)
    except Refused as error:
        outcome = {"gave up": repr(error)}
    if await arq_parallel.complete_part(ctx["redis"], "night", name, outcome) == 0:
        await ctx["redis"].enqueue_job("add_parts", _job_id="night-then")


async def add_parts(ctx: dict) -> list:
    return add_up(await arq_parallel.outcomes(ctx["redis"], "night"))


class Parts:
    functions, max_jobs = (weigh_part, add_parts), 1


async def enqueue_arq_parts(pool) -> None:
    await arq_parallel.register_parts(pool, "night", "abc")
    for name in "abc":
        await pool.enqueue_job("weigh_part", name, _job_id=name)


async def parent(ctx: dict) -> str:
    jobs = await arq_waiting.enqueue_children(ctx, "child", "ab", ctx["redis"].default_queue_name)
    ended = await arq_waiting.collect_or_retry(jobs, again=1)
    return join(*(one.result for one in ended))


async def child(ctx: dict, name: str) -> str:
    return second(name)


class Family:
    functions, max_jobs, max_tries = (parent, child), 2, 20


def arq_trip(last: Callable) -> type:
    steps = [(reserve, release), (charge, refund), (last, None)]
    return type("Trip", (), {"functions": saga(steps), "max_jobs": 1})


class ArqLater:
    functions, max_jobs = saga(LATER), 1


def of(function: str, job_id: str) -> Callable:
    return lambda pool: pool.enqueue_job(function, _job_id=job_id)


@dataclass(frozen=True)
class Recipe:
    """A recipe, the story that plays it, and what it cannot promise."""

    name: str
    story: Story | ArqStory
    lost: bool = False  # it may leave something behind: said beside it
    lost_at_stop: bool = False  # the same, even when its worker is only told to stop
    but: str = ""  # what may be otherwise at the end, and does no harm

    def harm(self, fate) -> str:
        """Return the worst that is wrong with the run, in a word."""
        mine = [kind for kind, what in fate.harms if not (self.but and re.search(self.but, what))]
        return (mine or ["unharmed"])[0]


MAYBE = r"returns \{'gave up'"  # a saga's word on what is done, if a worker has died in it
RQS = "and then RQ marked it as failed"  # FACTS: the job has finished, and all behind it runs
RECIPES = {
    "RQ": [
        Recipe("chain, one by one", Story(enqueue_chain), but=RQS),
        Recipe(
            "the same, with a worker on two queues",
            TWO_QUEUES,
            lost=True,
            lost_at_stop=True,
            but=RQS,
        ),
        Recipe("`enqueue_workflow`, a diamond", Story(enqueue_plan), but=RQS),
        Recipe("the same, in a queue with a time limit of its own", Story(enqueue_import), but=RQS),
        Recipe(
            "`enqueue_workflow` by a program that crashes",
            Story(enqueue_client, workers=2),
            but=RQS,
        ),
        Recipe("`retry_on`", Story(enqueue_retried), but=RQS),
        Recipe(
            "`catch_final_failure` and `fallback_if_failed`, it gives up",
            Story(payment(refuse)),
            but=RQS,
        ),
        Recipe("the same, it succeeds", Story(payment(first)), but=RQS),
        Recipe("`fallback_if_failed` for a failed job", Story(enqueue_guard), lost=True, but=RQS),
        Recipe(
            "the same, and `enqueue_missed_dependents`", Story(enqueue_guard, repair=sweep), but=RQS
        ),
        Recipe("`enqueue_tree_fan_in`, a tree", Story(enqueue_tree), but=RQS),
        Recipe("`pass_available_results`", Story(enqueue_some), lost=True, but=RQS),
        Recipe(
            "the same, and `enqueue_missed_dependents`", Story(enqueue_some, repair=sweep), but=RQS
        ),
        Recipe("`enqueue_chord`, one gives up", Story(enqueue_countdown), but=RQS),
        Recipe("`enqueue_saga`, all is well", Story(trip(first)), but=RQS),
        Recipe("`enqueue_saga`, the last step fails", Story(trip(refuse)), but=f"{RQS}|{MAYBE}"),
        Recipe("the same, of coroutine functions", Story(later), but=f"{RQS}|{MAYBE}"),
    ],
    "ARQ": [
        Recipe("`chained`, a chain", STEPS),
        Recipe("the same, with `job_completion_wait`", ArqStory(enqueue_steps, PatientSteps)),
        Recipe("`enqueue_workflow`, a diamond", DIAMOND),
        Recipe("`give_up` and `enqueue_once`", ArqStory(of("pay", "pay"), Payments)),
        Recipe("`complete_part`, one gives up", ArqStory(enqueue_arq_parts, Parts)),
        Recipe("`enqueue_children`, `collect_or_retry`", ArqStory(of("parent", "parent"), Family)),
        Recipe("`saga`, all is well", ArqStory(of("saga", "A7"), arq_trip(first))),
        Recipe("`saga`, the last step fails", ArqStory(of("saga", "A7"), arq_trip(refuse))),
        Recipe("the same, of coroutine functions", ArqStory(of("saga", "A7"), ArqLater)),
    ],
}

# Each recipe with its engine.
ALL = [(engine, recipe) for engine, recipes in RECIPES.items() for recipe in recipes]
