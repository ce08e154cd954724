"""All that is known of the jobs in a box, as names and words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from lesson_code.lab.pictures.alike import WORST_FIRST
from lesson_code.lab.pictures.fold import Box
from lesson_code.lab.pictures.words import age, look_of, rounded
from lesson_code.lab.record import JobRecord

MOST = 10  # ids, errors and so on of a box with several jobs


def details(box: Box, names: Mapping[str, str], attempts: Mapping[str, int]) -> dict[str, str]:
    """Return what to tell of a box; an empty text stands for what is not known."""
    if len(box.jobs) == 1:
        return _of_one(box.jobs[0], names, attempts)
    return _of_several(box, attempts)


def _of_one(
    job: JobRecord, names: Mapping[str, str], attempts: Mapping[str, int]
) -> dict[str, str]:
    return {
        "state": f"{look_of(job).word} {age([job])}",
        "due": f"in {rounded(job.due)}" if job.due is not None else "",
        "error": job.error or "",
        "tries": str(attempts.get(job.id, "")),
        "retries left": "" if job.retries_left is None else str(job.retries_left),
        "last run": f"took {rounded(job.ran)}" if job.ran is not None else "",
        "depends on": ", ".join(names.get(one, one) for one in job.after),
        "even if failed": "it runs even if a dependency fails" * job.even_if_failed,
        "task": job.task,
        "queue": job.queue,
        "id": job.id,
        "call": job.call,
        "result": "" if job.result is None else str(job.result),
    }


def _of_several(box: Box, attempts: Mapping[str, int]) -> dict[str, str]:
    jobs = sorted(box.jobs, key=lambda job: WORST_FIRST.index(look_of(job).kind))
    states = defaultdict(list)
    for job in jobs:
        states[look_of(job)].append(job)
    return {
        "jobs": f"{len(jobs):,}",
        "state": ", ".join(
            f"{len(some):,} {look.word} {age(some)}".strip() for look, some in states.items()
        ),
        "error": _counted(job.error for job in jobs if job.error),
        "tries": _counted(str(attempts[job.id]) for job in jobs if job.id in attempts),
        "retries left": _counted(
            str(job.retries_left) for job in jobs if job.retries_left is not None
        ),
        "task": _counted(job.task for job in jobs),
        "queue": _counted(job.queue for job in jobs if job.queue),
        "ids": ", ".join([*(job.id for job in jobs[:MOST]), *["…"] * (len(jobs) > MOST)]),
    }


def _counted(words: Iterable[str]) -> str:
    """Return the most frequent words: "ValueError (×700), KeyError (×15)"; one alone has no "×"."""
    found = Counter(words)
    if len(found) == 1:
        return next(iter(found))
    told = [f"{one} (×{number:,})" for one, number in found.most_common(MOST)]
    return ", ".join([*told, *["…"] * (len(found) > MOST)])
