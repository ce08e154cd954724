"""The words of a sheet: the title of each panel, ids to look further with, what is not drawn."""

from collections.abc import Mapping, Sequence

from lesson_code.lab.pictures.alike import Alike, summary
from lesson_code.lab.pictures.svg import clip
from lesson_code.lab.record import JobRecord

MOST_STEPS, MOST_IDS = 4, 3  # tasks of a chain in its title; ids beside it


def title(group: Alike) -> str:
    """Return "a → b → c, 1,666 times: all finished"."""
    sets = len(group.members)
    times = f", {sets:,} times" if sets > 1 else ""
    said = summary(group.first)
    each = "each " if sets > 1 and not said.startswith("all ") else ""
    return f"{_chain(group.first) or jobs(group.first)}{times}: {each}{said}"


def title_alone(alone: Sequence[JobRecord]) -> str:
    """Return "12 jobs without dependencies: all queued"."""
    return f"{jobs(alone)} without dependencies: {summary(alone)}"


def ids(group: Alike, names: Mapping[str, str]) -> str:
    """Return the id of the first job of some graphs; an empty text if its name is the id."""
    first = [member[0].id for member in group.members]
    if names[first[0]] == first[0]:
        return ""
    return ", ".join([*first[:MOST_IDS], *["…"] * (len(first) > MOST_IDS)])


def more(rest: Sequence[Alike]) -> str:
    """Return in a sentence which graphs are not drawn; an empty text if there are none."""
    if not rest:
        return ""
    several = f"{len(rest):,} more graphs of different looks are"
    graphs = several if len(rest) > 1 else "1 more graph of a different look is"
    return f"{graphs} not drawn ({summary(job for group in rest for job in group.jobs)})."


def jobs(some: Sequence[JobRecord]) -> str:
    """Return the number of the jobs, in words."""
    return f"{len(some):,} jobs" if len(some) != 1 else "1 job"


def _chain(some: Sequence[JobRecord]) -> str:
    """Return "a → b → c" for a short chain, else an empty text."""
    before = [(), *((job.id,) for job in some)]
    is_chain = all(job.after == after for job, after in zip(some, before, strict=False))
    if len(some) > MOST_STEPS or not is_chain:
        return ""
    return " → ".join(clip(job.task) for job in some)
