"""Falling back in ARQ: the job that fails for good enqueues what takes its place."""

from arq import Retry
from arq.jobs import Job

from lesson_code.with_arq.retries import delay
from lesson_code.worlds import payments

TRIES = 3
STEPS = (
    (payments.reserve, payments.release),
    (payments.charge, payments.refund),
    (payments.ship, None),
)


async def enqueue_once(
    ctx: dict,
    function: str,
    *args,
    name: str = "",
) -> Job | None:
    """Enqueue `function`; if another run of this job did so, return None.

    The id is made of this job's and of `name`, or else the function's name:
    "pay" -> "pay:invoice".
    """
    chain = ctx["job_id"].partition(":")[0]
    job_id = f"{chain}:{name or function}"
    return await ctx["redis"].enqueue_job(function, *args, _job_id=job_id)


async def charge(ctx: dict, shop: str, order: str, card: str = "valid") -> str:
    """Charge the card; when that has failed for good, send an invoice."""
    try:
        payment = payments.charge(shop, order, card)
    except payments.BankDown as error:
        if ctx["job_try"] < TRIES:
            wait = delay(ctx["job_try"], first=0.01)
            raise Retry(defer=wait) from error
        await enqueue_once(ctx, "invoice", shop, order)
        raise
    except payments.CardExpired:
        await enqueue_once(ctx, "invoice", shop, order)
        raise
    await enqueue_once(ctx, "confirm", payment)
    return payment


async def invoice(ctx: dict, shop: str, order: str) -> str:
    payment = payments.invoice(shop, order)
    await enqueue_once(ctx, "confirm", payment)
    return payment


async def confirm(ctx: dict, payment: str) -> str:
    return payments.confirm(payment)


async def saga(ctx: dict, shop: str, order: str, done: int = 0) -> None:
    """Do the next of STEPS, of which `done` are done; enqueue the one behind.

    When it fails, the undoing of those that are done is enqueued instead.
    """
    step, _ = STEPS[done]
    try:
        step(shop, order)
    except Exception:
        if done:
            await _enqueue_undo(ctx, shop, order, done)
        raise
    if done + 1 < len(STEPS):
        name = STEPS[done + 1][0].__name__
        await enqueue_once(ctx, "saga", shop, order, done + 1, name=name)


async def undo(ctx: dict, shop: str, order: str, done: int) -> None:
    """Undo the last of the `done` STEPS, then enqueue that for the others."""
    _, undo_step = STEPS[done - 1]
    undo_step(shop, order)
    if done > 1:
        await _enqueue_undo(ctx, shop, order, done - 1)


async def _enqueue_undo(ctx: dict, shop: str, order: str, done: int) -> None:
    name = STEPS[done - 1][1].__name__
    await enqueue_once(ctx, "undo", shop, order, done, name=name)
