"""The arrows between jobs: what each kind of them says, and which are to be marked."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lesson_code.lab.record import JobRecord

WAITS = "waits"  # the job waits for the one in front
EVEN_IF_FAILED = "even if failed"  # it does, and runs also when that one has failed
ENQUEUED = "enqueued"  # that job has enqueued it
MISSING = "missing"  # it should wait for that job, and does not
EXTRA = "extra"  # it waits for that job, and was not asked to


@dataclass(frozen=True)
class Marks:
    """What is to be marked: arrows (dependency, dependent) that lack or are too many, and the
    states that were asked for where they differ, by job.
    """

    missing: set[tuple[str, str]] = field(default_factory=set)
    extra: set[tuple[str, str]] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.asked)


NO_MARKS = Marks()


def arrows_to(job: JobRecord, marks: Marks = NO_MARKS) -> Iterator[tuple[str, str]]:
    """Yield (the job in front, kind) for each arrow that ends at `job`."""
    for parent in job.after:
        if (parent, job.id) in marks.missing:
            yield parent, MISSING
        elif (parent, job.id) in marks.extra:
            yield parent, EXTRA
        else:
            yield parent, EVEN_IF_FAILED if job.even_if_failed else WAITS
    if job.enqueued_by is not None and job.enqueued_by not in job.after:
        yield job.enqueued_by, ENQUEUED
