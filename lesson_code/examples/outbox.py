"""From a database to the queue: orders in a SQLite file, and for each a letter in an outbox."""

import sqlite3
from contextlib import closing

from rq import Queue

from lesson_code.patterns.keep import KEEP
from lesson_code.patterns.once import transaction
from lesson_code.with_rq.workflow import enqueue_atomically


def open_shop(file: str) -> None:
    """Make the two tables, empty."""
    with transaction(file) as db:
        db.execute("CREATE TABLE orders (name PRIMARY KEY, goods)")
        db.execute("CREATE TABLE outbox (name PRIMARY KEY)")


def ship_order(file: str, name: str) -> str:
    """Ship the goods of an order. Raises LookupError if the order does not exist."""
    if not (goods := read(file, "SELECT goods FROM orders WHERE name = ?", name)):
        raise LookupError(f"there is no order {name}")
    return f"{goods[0]} shipped"


def place_order(file: str, name: str, goods: str) -> None:
    """Write the order and its letter in one transaction: both or neither."""
    with transaction(file) as db:
        db.execute("INSERT INTO orders VALUES (?, ?)", [name, goods])
        db.execute("INSERT INTO outbox VALUES (?)", [name])


def relay(file: str, queue: Queue) -> None:
    """Enqueue a job for each letter, and then delete the letter.

    A relay that crashes in between leaves the letter. The next relay finds that the job's id is
    taken (for a day after the job has ended), and only deletes the letter.
    """
    for name in letters(file):
        plan = {"job_id": f"ship-{name}", "result_ttl": KEEP}
        enqueue_atomically([queue.create_job(ship_order, (file, name), **plan)])
        throw_away(file, name)


def letters(file: str) -> list[str]:
    return read(file, "SELECT name FROM outbox ORDER BY name")


def throw_away(file: str, name: str) -> None:
    with transaction(file) as db:
        db.execute("DELETE FROM outbox WHERE name = ?", [name])


def read(file: str, query: str, *values: str) -> list[str]:
    """Return the first column of what a query finds."""
    with closing(sqlite3.connect(file)) as db:
        return [row[0] for row in db.execute(query, values)]
