"""Once: an effect and its key in one transaction, so a second run adds nothing."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from .tasks import completed


@contextmanager
def transaction(file: str) -> Iterator[sqlite3.Connection]:
    """Open a SQLite database in a transaction: it keeps all that the block writes, or nothing.

    An exception in the block rolls back. Another process waits meanwhile, 5 s at most, and then
    gets sqlite3.OperationalError.
    """
    connection = sqlite3.connect(file, timeout=5, isolation_level=None)
    with closing(connection) as db, db:
        db.execute("BEGIN IMMEDIATE")  # no other process reads until we have written
        yield db


def once(file: str, key: str, effect: Callable, *args: Any) -> Any:
    """Run `effect(db, *args)` unless `key` is done already. Return its first result.

    `effect` may write to `db` alone; its result has to fit into JSON. If it raises,
    nothing is written, and the key is free for the next try.
    """
    with transaction(file) as db:
        db.execute("CREATE TABLE IF NOT EXISTS done (key PRIMARY KEY, result)")
        found = db.execute("SELECT result FROM done WHERE key = ?", [key])
        if row := found.fetchone():
            return json.loads(row[0])
        result = completed(effect(db, *args))
        db.execute("INSERT INTO done VALUES (?, ?)", [key, json.dumps(result)])
        return result
