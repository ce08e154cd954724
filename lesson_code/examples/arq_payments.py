"""Payments by ARQ: charge the card, or else send an invoice; then tell the customer."""

from arq import Retry

from lesson_code.with_arq.fallbacks import GaveUp, enqueue_once, gave_up, give_up
from lesson_code.with_arq.retries import delay
from lesson_code.worlds import payments

TRIES = 3


async def take_payment(ctx: dict, shop: str, order: str, card: str = "valid") -> str:
    """Charge the card. After the last try, send an invoice, and never charge again."""
    if why := await gave_up(ctx):
        await enqueue_once(ctx, "invoice", shop, order)
        raise GaveUp(why)
    try:
        payment = payments.charge_card(shop, order, card)
    except (payments.BankDown, payments.CardExpired) as error:
        if isinstance(error, payments.BankDown) and ctx["job_try"] < TRIES:
            raise Retry(defer=delay(ctx["job_try"], first=0.01)) from error
        await give_up(ctx, repr(error))
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
