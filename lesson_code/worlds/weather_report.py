"""Weather stations, and the report of the morning."""

from lesson_code.worlds.accidents import task

DEGREES = {"Oslo": -3, "Rome": 14, "Quito": 19}
OTHER = {"DEGREES": {"Oslo": 2, "Rome": 11, "Quito": 21}}


@task
def wake() -> str:
    """Switch the stations on: before that none of them answers."""
    return "awake"


@task
def measure(city: str) -> str:
    return f"{city} {DEGREES[city]}°"


@task
def report(*readings: str) -> str:
    return ", ".join(readings)
