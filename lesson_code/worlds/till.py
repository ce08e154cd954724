"""A shop's till: `file` is a SQLite database of charges."""

from contextlib import closing
from sqlite3 import Connection, connect

TABLE = "CREATE TABLE IF NOT EXISTS charges (order_id TEXT, cents INTEGER)"


def write_charge(db: Connection, order: str, cents: int) -> str:
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
    with closing(connect(file)) as db, db:
        db.execute(TABLE)
        return db.execute("SELECT * FROM charges").fetchall()


def pay(file: str, order: str, cents: int) -> str:
    with closing(connect(file)) as db, db:
        return write_charge(db, order, cents)


def ship(order: str) -> str:
    return f"{order} is on its way"


def put_aside(order: str) -> str:
    """Put an order aside that could not be paid."""
    return f"{order} waits for a human"
