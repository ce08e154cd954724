"""A shop's tasks on plain data: `file` is a SQLite database, `inbox` a folder."""

import time
from functools import partial
from pathlib import Path
from sqlite3 import Connection

from lesson_code.patterns.checkpoints import InDatabase, run_steps
from lesson_code.patterns.once import once, transaction

TABLE = "CREATE TABLE IF NOT EXISTS charges (order_id TEXT, cents INTEGER)"


def charge(db: Connection, order: str, cents: int) -> str:
    """Write a charge for `order`. Return its receipt: "receipt 1", ...

    Raises ValueError when there is nothing to charge.
    """
    if cents <= 0:
        raise ValueError(f"cannot charge {cents} cents")
    db.execute(TABLE)
    row = db.execute("INSERT INTO charges VALUES (?, ?)", [order, cents])
    return f"receipt {row.lastrowid}"


def charges(file: str) -> list[tuple[str, int]]:
    """Return all charges, each with its order and the cents."""
    with transaction(file) as db:
        db.execute(TABLE)
        return db.execute("SELECT * FROM charges").fetchall()


def pay(file: str, order: str, cents: int) -> str:
    with transaction(file) as db:
        return charge(db, order, cents)


def pay_once(file: str, order: str, cents: int) -> str:
    return once(file, f"charge:{order}", charge, order, cents)


def ask_bank(bank: str, order: str, cents: int, key: str | None = None) -> str:
    """Play somebody else's service: `bank` is its own database, not ours.

    What is asked again under the same `key` gets the first answer again.
    """
    if key is None:
        return pay(bank, order, cents)
    return once(bank, key, charge, order, cents)


def ship(order: str) -> str:
    return f"{order} is on its way"


def put_aside(order: str) -> str:
    """What to do with an order that could not be paid."""
    return f"{order} waits for a human"


def count_orders(inbox: str, name: str) -> int:
    """Return the number of orders (lines) in a file; read.log notes each read.

    Raises FileNotFoundError as long as the file has not arrived.
    """
    file = Path(inbox, f"{name}.txt")
    if not file.exists():
        raise FileNotFoundError(f"{name}.txt has not arrived")
    with Path(inbox, "read.log").open("a", encoding="utf-8") as log:
        log.write(f"{name} ")
    return len(file.read_text(encoding="utf-8").splitlines())


def import_all(inbox: str, names: list[str]) -> int:
    return sum(count_orders(inbox, name) for name in names)


def import_with_table(inbox: str, names: list[str], file: str, run: str) -> int:
    done = InDatabase(file, run)
    return sum(run_steps(names, partial(count_orders, inbox), done).values())


def ask_the_partner() -> None:
    """Ask again and again somebody who never answers."""
    while True:
        time.sleep(0.01)
