"""What a customer has to pay, and the letter about it."""

from datetime import date

from lesson_code.worlds.accidents import task

PRICES = {"order": 120, "voucher": 20}
OTHER = {"PRICES": {"order": 95, "voucher": 15}}


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


@task
def remind(due: date, items: set[str]) -> str:
    """Write to a customer who has not paid yet."""
    return f"{', '.join(sorted(items))}: due since {due:%d %B}"
