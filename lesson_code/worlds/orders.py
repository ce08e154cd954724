"""A furniture shop's orders: plain functions, each taking what the one before returns."""

from pathlib import Path
from threading import Barrier, BrokenBarrierError

PRICES = {"chair": 40, "table": 120}  # pounds
_around_the_piano = Barrier(3, timeout=5)


def read_order(text: str) -> dict[str, int]:
    """Return {"chair": 2, "table": 1} for "2 chair, 1 table"."""
    lines = [line.split() for line in text.split(",")]
    return {article: int(number) for number, article in lines}


def sum_up(order: dict[str, int]) -> int:
    """Return the price. Raises LookupError for an article that has none."""
    for article in order:
        if article not in PRICES:
            raise LookupError(f"we sell no {article}")
    return sum(number * PRICES[article] for article, number in order.items())


def write_bill(pounds: int) -> str:
    return f"Please pay {pounds} pounds."


def lift_piano(who: str) -> str:
    """Return once three are lifting. Raises BrokenBarrierError when they are fewer for 5 s."""
    try:
        _around_the_piano.wait()
    except BrokenBarrierError:
        _around_the_piano.reset()  # else nobody could ever lift again
        raise
    return f"{who} lifted"


def post_bill(bill: str, office: str) -> None:
    """Put `bill` into the letterbox, then note that in the ledger.

    Both are files in the folder `office`. Raises FileNotFoundError when
    there is no ledger.
    """
    with Path(office, "letterbox.txt").open("a", encoding="utf-8") as letterbox:
        letterbox.write(f"{bill}\n")
    if not Path(office, "ledger.txt").exists():
        raise FileNotFoundError("there is no ledger")
    with Path(office, "ledger.txt").open("a", encoding="utf-8") as ledger:
        ledger.write(f"posted: {bill}\n")
