"""An order in a shop: what is done for it, and how that is undone."""

from lesson_code.worlds.accidents import task


@task
def charge(order: str) -> str:
    return f"receipt for {order}"


@task
def pack(order: str) -> str:
    return f"parcel of {order}"


@task
def ship(order: str) -> str:
    return f"{order} is on its way"


@task
def notify(text: str) -> str:
    """Write to the customer."""
    return f"told: {text}"


@task
def refund(order: str) -> str:
    """Undo `charge`."""
    return f"money back for {order}"


@task
def unpack(order: str) -> str:
    """Undo `pack`."""
    return f"{order} is back on the shelf"
