"""A shop and its bank: plain functions, with no queue in sight.

The world outside is a folder, because a task keeps nothing from call to call. Its file `down` has
the number of calls that the bank will leave unanswered. Its file `log` has a line for each call.
"""

from pathlib import Path


class BankDown(Exception):
    """The bank does not answer; a moment later it may."""


class CardExpired(Exception):
    """The bank says no, and will say no again."""


class TooHeavy(Exception):
    """No courier takes this."""


def open_shop(shop: str, down: int = 0) -> None:
    """Begin a new day in the folder `shop`; the bank leaves the next `down` calls unanswered."""
    Path(shop, "down").write_text(str(down))
    Path(shop, "log").write_text("")


def read_log(shop: str) -> str:
    """Return what was done in this shop so far, a line for each call."""
    return Path(shop, "log").read_text().strip()


def write_log(shop: str, line: str) -> None:
    with Path(shop, "log").open("a") as log:
        log.write(f"{line}\n")


def charge_card(shop: str, order: str, card: str = "valid") -> str:
    """Charge the card for the order. Returns how it was paid.

    Raises BankDown when the bank does not answer, CardExpired when it says no.
    """
    if down := int(Path(shop, "down").read_text()):
        Path(shop, "down").write_text(str(down - 1))
        write_log(shop, f"charge {order}: no answer")
        raise BankDown("the bank does not answer")
    if card == "expired":
        write_log(shop, f"charge {order}: refused")
        raise CardExpired("this card has expired")
    write_log(shop, f"charge {order}: done")
    return "paid by card"


def invoice(shop: str, order: str) -> str:
    """The other way to be paid: send an invoice. Returns how it will be paid."""
    write_log(shop, f"invoice {order}: sent")
    return "to be paid by invoice"


def charge_or_invoice(shop: str, order: str) -> str:
    """Charge the card, and send an invoice if that fails."""
    try:
        return charge_card(shop, order)
    except BankDown:
        return invoice(shop, order)


def confirm(payment: str) -> str:
    return f"Thank you! Your order is {payment}."


def reserve(shop: str, order: str) -> None:
    write_log(shop, f"reserve {order}")


def release(shop: str, order: str) -> None:
    """Undo `reserve`."""
    write_log(shop, f"release {order}")


def refund(shop: str, order: str) -> None:
    """Undo `charge_card`."""
    write_log(shop, f"refund {order}")


def ship(shop: str, order: str) -> None:
    """Send the parcel. Raises TooHeavy for a piano."""
    if "piano" in order:
        raise TooHeavy(f"no courier takes {order}")
    write_log(shop, f"ship {order}")
