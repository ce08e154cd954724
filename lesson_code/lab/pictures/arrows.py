"""The arrows between jobs: the meaning of each kind, and the marked ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lesson_code.lab.record import JobRecord

WAITS = "waits"  # the dependent waits for its dependency
EVEN_IF_FAILED = "even if failed"  # it does, and runs even if that dependency fails
ENQUEUED = "enqueued"  # the first job enqueued the second one
MISSING = "missing"  # it should wait for that job, and does not
EXTRA = "extra"  # it waits for that job, and should not


@dataclass(frozen=True)
class Marks:
    """The marks in a graph: missing and extra arrows (dependency, dependent), and wrong states.

    For each wrong state, by job, it holds the state that the exercise asks for.
    """

    missing: set[tuple[str, str]] = field(default_factory=set)
    extra: set[tuple[str, str]] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.asked)


NO_MARKS = Marks()


def arrows_to(job: JobRecord, marks: Marks = NO_MARKS) -> Iterator[tuple[str, str]]:
    """Yield (dependency, kind) for each arrow that ends at `job`."""
    for parent in job.after:
        if (parent, job.id) in marks.missing:
            yield parent, MISSING
        elif (parent, job.id) in marks.extra:
            yield parent, EXTRA
        else:
            yield parent, EVEN_IF_FAILED if job.even_if_failed else WAITS
    if job.enqueued_by is not None and job.enqueued_by not in job.after:
        yield job.enqueued_by, ENQUEUED
