"""What a customer has to pay, and the letter about it."""

from lesson_code.worlds.accidents import task


@task
def total(order: str) -> int:
    """Add up what was ordered."""
    return 120


@task
def voucher(customer: str) -> int:
    """Return what the customer's voucher is worth."""
    return 20


@task
def bill(total: int, voucher: int) -> int:
    return total - voucher


@task
def mail(amount: int, customer: str) -> str:
    return f"{customer}, please pay {amount}"
