"""The outbox: an order and its letter are one, and a relay that crashes ships no order twice."""

import sqlite3
from unittest.mock import patch

import pytest

from lesson_code.examples import outbox
from lesson_code.lab import work
from lesson_code.patterns.once import transaction


@pytest.fixture
def file(tmp_path):
    file = str(tmp_path / "orders.db")
    outbox.open_shop(file)
    return file


@pytest.mark.parametrize("where", ["enqueue_atomically", "throw_away"])
@pytest.mark.parametrize("crashes", [0, 1, 3])
def test_each_order_is_shipped_once_wherever_a_relay_dies(lab, queue, file, where, crashes):
    for name in ("A7", "B8"):
        outbox.place_order(file, name, "a lamp")
    for _ in range(crashes):
        dies = patch.object(outbox, where, side_effect=KeyboardInterrupt)
        with dies, pytest.raises(KeyboardInterrupt):
            outbox.relay(file, queue)
        work(lab)
    outbox.relay(file, queue)
    assert outbox.letters(file) == []
    states = work(lab).states
    assert states == {"ship-A7": "finished", "ship-B8": "finished"}
    assert [len(queue.fetch_job(job).results()) for job in states] == [1, 1]


def test_without_an_order_there_is_no_letter(file):
    outbox.place_order(file, "A7", "a lamp")
    with pytest.raises(sqlite3.IntegrityError):
        outbox.place_order(file, "A7", "a desk")
    with pytest.raises(ZeroDivisionError), transaction(file) as db:
        db.execute("INSERT INTO outbox VALUES ('C9')")
        raise ZeroDivisionError
    assert outbox.letters(file) == ["A7"]
    with pytest.raises(LookupError, match="there is no order C9"):
        outbox.ship_order(file, "C9")
