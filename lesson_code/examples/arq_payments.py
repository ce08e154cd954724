"""Payments by ARQ: charge the card, or else send an invoice; then tell the customer."""

from arq import Retry

from lesson_code.with_arq.fallbacks import enqueue_once
from lesson_code.with_arq.retries import delay
from lesson_code.worlds import payments

TRIES = 3


async def take_payment(ctx: dict, shop: str, order: str, card: str = "valid") -> str:
    """Charge the card; when that has failed for good, send an invoice."""
    try:
        payment = payments.charge_card(shop, order, card)
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
