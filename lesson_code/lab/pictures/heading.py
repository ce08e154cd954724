"""The lines above a sheet: the place of the jobs, their number, and the time of the look."""

from collections.abc import Iterable
from dataclasses import dataclass

from lesson_code.lab.pictures.alike import summary
from lesson_code.lab.record import Run


@dataclass(frozen=True)
class Heading:
    title: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.title, *self.lines])


def heading(run: Run, source: str, time: str, remarks: Iterable[str] = ()) -> Heading:
    """Return the heading of a sheet of `run`.

    `source` is an address without its password, `time` that of the look. `remarks` are further
    sentences.
    """
    jobs = f"{len(run.jobs):,} job{'s' * (len(run.jobs) != 1)}"
    states = f": {summary(run.jobs)}" if run.jobs else ""
    return Heading(f"Jobs in {source}", (f"{jobs}{states}. Read on {time}.", *remarks))
