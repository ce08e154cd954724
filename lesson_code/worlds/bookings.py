"""A journey: its bookings, and the messages about them."""

from lesson_code.worlds.accidents import task


@task
def book_room(city: str) -> str:
    return f"room in {city}"


@task
def book_hostel(city: str) -> str:
    return f"bed in {city}"


@task
def book_flight(city: str) -> str:
    return f"flight to {city}"


@task
def book_train(city: str) -> str:
    return f"train to {city}"


@task
def send(ticket: str) -> str:
    """Send the ticket to the customer."""
    return f"sent: {ticket}"


@task
def report(error: str) -> str:
    """Tell the person on call why there is no booking."""
    return f"reported: {error}"
