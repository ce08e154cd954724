"""Paying the people who work here."""

from lesson_code.worlds.accidents import task

WORKED = {"Ann": 160, "Ben": 80}
OTHER = {"WORKED": {"Ann": 150, "Ben": 90}}


@task
def hours(month: str) -> dict[str, int]:
    """Return how long each has worked."""
    return dict(WORKED)


@task
def wages(hours: dict[str, int]) -> dict[str, int]:
    return {name: 20 * number for name, number in hours.items()}


@task
def pay(wages: dict[str, int]) -> str:
    """Ask the bank to pay."""
    return f"paid {sum(wages.values())} to {len(wages)} people"
