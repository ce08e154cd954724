"""Words that the sentences share."""

from collections.abc import Callable, Iterable

from lesson_code.lab.look.facts import Found, JobFacts

SHOWN = 3  # ids in a sentence; all of them are in the output for programs

Told = tuple[str, str]  # the sentence, and the way out
Jobs = list[JobFacts]
Sentence = Callable[[Found, Jobs, Jobs, str], Told]  # of the stuck jobs, the causes and a key


def names(ids: Iterable[str]) -> str:
    """Return up to three ids, and the number of the others."""
    ids = list(ids)
    few = [f"{one!r}" for one in ids[:SHOWN]]
    if len(ids) > SHOWN:
        few.append(f"{len(ids) - SHOWN:,} more")
    return " and ".join([", ".join(few[:-1]), few[-1]] if len(few) > 1 else few)


def ago(found: Found, when: float | None) -> str:
    """Return how long ago that was; "at an unknown time" for None."""
    if when is None:
        return "at an unknown time"
    return f"{span(max(0.0, found.server.now - when))} ago"


def span(seconds: float) -> str:
    """Return a length of time in words: "3 minutes"."""
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if (number := int(seconds // size)) >= 1:
            return f"{number:,} {word}{'s' if number > 1 else ''}"
    return "less than a second"


def first(times: Iterable[float | None]) -> float | None:
    """Return the earliest of the times that are known."""
    return min((one for one in times if one is not None), default=None)


def last(times: Iterable[float | None]) -> float | None:
    """Return the latest of the times that are known."""
    return max((one for one in times if one is not None), default=None)


def ids(jobs: Jobs) -> str:
    return names(job.id for job in jobs)


def verb(jobs: Jobs, one: str, many: str) -> str:
    return one if len(jobs) == 1 else many


def again(jobs: Jobs) -> str:
    """Return the Python that enqueues a lost job of RQ, or a deferred one that nothing releases.

    `enqueue_job` leaves a deferred job deferred, even if all its dependencies are over (RQ 2.12).
    """
    one, queue = jobs[0].id, f"Queue({jobs[0].queue!r}, connection=redis)"
    if "deferred" in jobs[0].places:
        return f"{queue}.deferred_job_registry.requeue({one!r})"
    return f"{queue}.enqueue_job(Job.fetch({one!r}, redis))"


def requeue(jobs: Jobs) -> str:
    ids = " ".join(job.id for job in jobs[:SHOWN])
    return f"rq requeue --queue {jobs[0].queue} {ids}"
