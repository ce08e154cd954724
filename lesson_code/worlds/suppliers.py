"""The lists of goods that suppliers send each night."""

from lesson_code.worlds.accidents import task


@task
def read(supplier: str) -> str:
    """Return the list in the supplier's file."""
    return f"list of {supplier}"


@task
def price(goods: str) -> str:
    return f"{goods}, priced"


@task
def publish(goods: str) -> str:
    return f"{goods}, in the shop"
