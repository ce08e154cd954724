"""The lesson's tasks: plain functions on plain data, with no queue in sight.

They live in a module, not in a notebook, because a worker has to import them.
"""

import time
from pathlib import Path


def task_a():
    print("Running Task A")
    return "Data from A"


def task_b(data):
    print(f"Running Task B with {data}")
    return "Result from B"


def task_c(result):
    print(f"Running Task C with {result}")
    return "Workflow Complete"


def ask_service(name: str, seconds: float) -> str:
    """Play a call to a service somewhere else, which takes its time to answer."""
    time.sleep(seconds)
    return name


def join(*words: str) -> str:
    return " and ".join(words)


def read_orders(inbox: str) -> str:
    """Return the text of `orders.txt` in the folder `inbox`.

    Raises FileNotFoundError as long as the file has not arrived.
    """
    orders = Path(inbox) / "orders.txt"
    if not orders.exists():
        raise FileNotFoundError("orders.txt has not arrived")
    return orders.read_text(encoding="utf-8").strip()
