"""A payment by card, or else by invoice, in RQ and in ARQ; the bank's outages decide which."""

from collections import Counter

from arq import Retry as ArqRetry
from rq import Queue, Retry, get_current_job

from lesson_code.lab.stage import ArqStory, Story
from lesson_code.with_arq import fallbacks
from lesson_code.with_rq.fallbacks import catch_final_failure, fallback_if_failed
from lesson_code.with_rq.workflow import enqueue_workflow

DOWN = 0  # so many calls of the bank are not answered
ends: list[str] = []  # of each run, in words


def charge() -> None:
    redis = get_current_job().connection
    if redis.incr("calls") <= DOWN:
        raise OSError("the bank does not answer")
    redis.set("charged", 1)


def invoice() -> None:
    get_current_job().connection.set("invoiced", 1)


def enqueue(queue: Queue) -> None:
    again = {"retry": Retry(max=4)}
    payment = ([fallback_if_failed, invoice], ["charge"], again)
    enqueue_workflow(
        queue, {"charge": ([catch_final_failure, charge], [], again), "payment": payment}
    )


async def pay(ctx: dict) -> None:
    redis = ctx["redis"]
    if why := await fallbacks.gave_up(ctx):
        await fallbacks.enqueue_once(ctx, "send_invoice")
        raise fallbacks.GaveUp(why)
    if await redis.incr("calls") <= DOWN:
        if ctx["job_try"] < 3:
            raise ArqRetry(defer=0.1)
        await fallbacks.give_up(ctx, "the bank does not answer")
        await fallbacks.enqueue_once(ctx, "send_invoice")
        raise OSError("the bank does not answer")
    await redis.set("charged", 1)


async def send_invoice(ctx: dict) -> None:
    await ctx["redis"].set("invoiced", 1)


class Payments:
    functions, max_jobs, max_tries = (pay, send_invoice), 1, 10


async def enqueue_arq(pool) -> None:
    await pool.enqueue_job("pay", _job_id="pay")


def note_the_end(redis) -> Counter:
    ends.append(" and ".join(what for what in ("charged", "invoiced") if redis.exists(what)))
    return Counter()


STORIES = {
    "RQ": lambda **options: Story(enqueue, effects=note_the_end, **options),
    "ARQ": lambda **options: ArqStory(enqueue_arq, Payments, effects=note_the_end, **options),
}
