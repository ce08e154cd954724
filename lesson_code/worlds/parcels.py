"""Parcels on their way: what their boxes weigh, what carriers ask for them, who takes them."""

import asyncio

from lesson_code.worlds.accidents import reader, task

BOXES = {
    "A7": {"A7-lamp": 700, "A7-mirror": 1200, "A7-sofa": 9000},
    "B2": {"B2-book": 500, "B2-safe": 6000},
    "C3": {"C3-kettle": 900},
    "E5": {},  # an e-book
}
OFFERS = {"snail": (5, 0.05), "post": (7, 0.03), "rocket": (12, 0.01)}  # euros, seconds to say so
OTHER = {
    "BOXES": {
        "A7": {"A7-lamp": 800, "A7-mirror": 1100, "A7-sofa": 8500},
        "B2": {"B2-book": 450, "B2-safe": 7000},
        "C3": {"C3-kettle": 950},
        "E5": {},
    },
    "OFFERS": {"snail": (9, 0.01), "post": (6, 0.05), "rocket": (11, 0.03)},
}


@reader
def pack(order: str) -> list[str]:
    """Return the names of its boxes. Asking again changes nothing, and leaves no trace."""
    return list(BOXES[order])


@reader
async def weigh(box: str) -> int:
    """Return its grams; a heavy one takes a while. Weighing again changes nothing, either."""
    grams = BOXES[box.partition("-")[0]][box]
    if grams > 5000:
        await asyncio.sleep(0.05)
    return grams


@task
def buy_postage(order: str, grams: int) -> str:
    return f"postage for {order}, {grams} g"


@task
def note_weight(order: str, grams: int) -> None:
    """Write it on the delivery note."""


@task
def print_label(order: str) -> str:
    return f"label of {order}"


@task
def hand_over(order: str, label: str) -> str:
    """Give it to the carrier."""
    return f"{order} left with the {label}"


@reader
async def ask(carrier: str) -> tuple[int, str]:
    """Return the carrier's offer, (euros, carrier), after a while."""
    await asyncio.sleep(OFFERS[carrier][1])
    return offer(carrier)


@task
def offer(carrier: str) -> tuple[int, str]:
    return OFFERS[carrier][0], carrier
