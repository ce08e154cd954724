"""A customer's bill, and the letter about it."""

from datetime import date

from lesson_code.worlds.accidents import reader, task

PRICES = {"order": 120, "voucher": 20}
UNPAID = {"A7": (date(2026, 3, 1), {"chair", "lamp"}), "B8": (date(2026, 11, 24), {"desk"})}
OTHER = {
    "PRICES": {"order": 95, "voucher": 15},
    "UNPAID": {"A7": (date(2026, 5, 9), {"stool"}), "B8": (date(2026, 2, 3), {"shelf", "lamp"})},
}


@task
def total(order: str) -> int:
    """Add up what was ordered."""
    return PRICES["order"]


@task
def voucher(customer: str) -> int:
    """Return what the customer's voucher is worth."""
    return PRICES["voucher"]


@task
def bill(total: int, voucher: int) -> int:
    return total - voucher


@task
def mail(amount: int, customer: str) -> str:
    return f"{customer}, please pay {amount}"


@reader
def unpaid() -> dict[str, tuple[date, set[str]]]:
    """Return since when each order is due, and what was ordered."""
    return dict(UNPAID)


@task
def remind(due: date, items: set[str]) -> str:
    """Write to a customer who has not paid yet."""
    return f"{', '.join(sorted(items))}: due since {due:%d %B}"
