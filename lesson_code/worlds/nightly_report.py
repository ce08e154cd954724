"""The nightly report on a river: what its gauge says, and what is made of it."""

from lesson_code.worlds.accidents import task

LEVELS = {
    "mon": [140, 138],
    "tue": [138, -1, 144],
    "wed": [144, 151],
    "thu": [150, 149],
}  # cm; -1: not read
OTHER = {"LEVELS": {"mon": [150, 139], "tue": [131, -1, 147], "wed": [147, 160], "thu": [152, 148]}}


@task
def read_gauge(night: str) -> list[int]:
    """Return the levels of a night. Raises KeyError for a night without any."""
    return LEVELS[night]


@task
def clean(levels: list[int]) -> list[int]:
    """Leave out what was not read."""
    return [level for level in levels if level >= 0]


@task
def highest(levels: list[int]) -> int:
    return max(levels)


@task
def rise(levels: list[int]) -> int:
    return levels[-1] - levels[0]


@task
def write(levels: list[int]) -> str:
    """Write the report."""
    return f"up to {max(levels)} cm"


@task
def publish(report: str, board: str) -> str:
    """Put the report up on a notice board."""
    return f"{report}, put up at the {board}"


@task
def tidy_up(night: str) -> str:
    return f"{night}: all tidy"
