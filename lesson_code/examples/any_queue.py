"""Tasks that need a pattern and no queue: RQ and ARQ run them as they are."""

from functools import partial

from lesson_code.patterns.checkpoints import InDatabase, run_steps
from lesson_code.patterns.once import once
from lesson_code.worlds import order_files, till


def pay_once(file: str, order: str, cents: int) -> str:
    return once(file, f"charge:{order}", till.write_charge, order, cents)


def ask_bank(bank: str, order: str, cents: int, key: str | None = None) -> str:
    """Play an outside service: `bank` is its own database, not ours.

    A second call with the same `key` returns the first receipt.
    """
    if key is None:
        return till.pay(bank, order, cents)
    return once(bank, key, till.write_charge, order, cents)


def import_with_table(inbox: str, names: list[str], file: str, run: str) -> int:
    done = InDatabase(file, run)
    return sum(run_steps(names, partial(order_files.count_orders, inbox), done).values())
