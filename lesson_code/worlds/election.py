"""An election: districts count their votes, and the sum is announced."""

from lesson_code.worlds.accidents import reader, task

VOTES = {"north": 120, "south": 80, "west": 45}
OTHER = {"VOTES": {"north": 95, "south": 95, "west": 31}}


@reader
def districts() -> list[str]:
    return list(VOTES)


@task
def count(district: str) -> int:
    return VOTES[district]


@task
def announce(votes: int) -> str:
    return f"{votes} votes"
