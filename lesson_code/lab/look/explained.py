"""`explain` in Python: why do the jobs of a Redis wait?"""

from dataclasses import dataclass, field

from redis import Redis

from lesson_code.lab.look.client import Progress, in_silence
from lesson_code.lab.look.facts import Found
from lesson_code.lab.look.reader import MOST, look
from lesson_code.lab.look.reasons import Reason, lasting_reasons, no_such_job


@dataclass(frozen=True)
class Explanation:
    """The stuck jobs of a Redis, grouped by reason. Printed, it has two lines for each group."""

    stuck: tuple[Reason, ...]
    found: Found = field(repr=False)

    def __str__(self) -> str:
        return "\n".join(map(str, self.stuck)) or "Nothing is stuck."


def explain(
    redis: str | Redis,
    queue: str | None = None,
    job: str | None = None,
    most: int = MOST,
    progress: Progress = in_silence,
) -> Explanation:
    """Say which jobs of RQ and ARQ are stuck, why, and how to go on. Nothing is changed.

    `redis` is a URL, or a client's database. `queue` and `job` keep only the jobs of that queue, or
    only that job, and the jobs that dependencies connect with them. At most `most` jobs of each
    library are read. `progress` is as in `look`.

    Raises redis.RedisError if that Redis cannot be read, ValueError if it is no URL.
    """
    found, stuck = lasting_reasons(
        lambda ids: look(redis, queue, ids or job, most, progress=progress)
    )
    if job and job not in found.by_id:
        stuck = [no_such_job(job)]
    return Explanation(tuple(stuck), found)
