"""A bank: an outside service, with books of its own."""

from threading import Lock

from lesson_code.worlds.accidents import task

RECEIPT = "receipt for {}, {}"
OTHER = {"RECEIPT": "receipt: {}, {}"}
_answers: dict = {}  # by key
_one_at_a_time = Lock()


def open_bank() -> None:
    """Begin with empty books."""
    _answers.clear()


def charge(customer: str, month: str, key: str | None = None) -> str:
    """Withdraw the price of a month. Return the receipt.

    Asked again with the same `key`, the bank withdraws nothing, and gives its first answer again.
    """

    @task
    def withdraw(customer: str, month: str) -> str:
        receipt = RECEIPT.format(customer, month)
        if key is not None:
            _answers.setdefault(key, receipt)
        return receipt

    with _one_at_a_time:
        return _answers[key] if key in _answers else withdraw(customer, month)
