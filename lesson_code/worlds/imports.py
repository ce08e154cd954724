"""The files that a shop's branches deliver each night, and their import."""

from lesson_code.worlds.accidents import task

FILES = ["north", "east", "south", "west"]
ORDERS = {"north": 40, "east": 30, "south": 20, "west": 10}
TODAY = {"sold": 34, "sent back": 4, "stock": 200}
OTHER = {
    "ORDERS": {"north": 41, "east": 25, "south": 22, "west": 7},
    "TODAY": {"sold": 51, "sent back": 6, "stock": 190},
}


@task
def read_file(night: str, name: str) -> int:
    """Return the number of orders in the file."""
    return ORDERS[name]


@task
def sold() -> int:
    return TODAY["sold"]


@task
def sent_back() -> int:
    return TODAY["sent back"]


@task
def stock() -> int:
    return TODAY["stock"]


@task
def balance(sold: int, sent_back: int) -> int:
    return sold - sent_back


@task
def mail(what: object) -> str:
    return f"mailed: {what}"
