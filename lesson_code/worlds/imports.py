"""What a shop's branches deliver each night, and what is made of it."""

from lesson_code.worlds.accidents import task

FILES = ["north", "east", "south", "west"]
ORDERS = {"north": 40, "east": 30, "south": 20, "west": 10}


@task
def read_file(night: str, name: str) -> int:
    """Return the number of orders in the file."""
    return ORDERS[name]


@task
def sold() -> int:
    return 34


@task
def sent_back() -> int:
    return 4


@task
def stock() -> int:
    return 200


@task
def balance(sold: int, sent_back: int) -> int:
    return sold - sent_back


@task
def mail(what: object) -> str:
    return f"mailed: {what}"
