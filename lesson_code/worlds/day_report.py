"""A day in a shop: figures from several sources, and the report of the evening."""

from lesson_code.worlds.accidents import task


@task
def sales() -> str:
    return "sold 31"


@task
def stock() -> str:
    return "in stock 208"


@task
def token() -> str:
    """Log in at the company that counts our visitors."""
    return "t-9"


@task
def visitors(token: str) -> str:
    return "visitors 640"


@task
def report(*figures: str) -> str:
    return ", ".join(figures)
