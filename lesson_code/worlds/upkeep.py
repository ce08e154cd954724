"""The upkeep of a few web sites."""

from lesson_code.worlds.accidents import task


@task
def back_up(site: str) -> str:
    return f"copy of the {site}"


@task
def upgrade(site: str) -> str:
    """Put the new version in the place of the old one, which is then gone."""
    return f"the {site} is new"


@task
def reopen(site: str) -> str:
    return f"the {site} is open"
