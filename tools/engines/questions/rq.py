"""RQ, releases 2 and 3: `enqueue(…, depends_on=…)`, one `rq worker` with its defaults.

RQ hands nothing on: a job asks for the result of its dependency. Its own retry is an option,
`Retry`, which stays off here as it is by default.
"""

import time

from redis import Redis
from rq import Queue, get_current_job
from rq.job import Job

from tools.engines.questions.inside import GIVEN, URL, broken, note, seconds_left

WORKER = ["rq", "worker", "--url", URL, "default"]
redis = Redis.from_url(URL) if URL else None
queue = Queue(connection=redis) if URL else None


def a() -> str:
    note("a")
    return "a"


def b() -> None:
    note("b")
    broken()


def slow() -> None:
    note("b")
    time.sleep(seconds_left("b"))
    note("b ended")


def c(*got: object, **named: object) -> None:
    note("c", *got, **named)


def part(number: int) -> int:
    note("part")
    if number:
        broken()
    return number


def give(kind: str) -> object:
    note("give")
    return GIVEN[kind]


def asks() -> None:
    (before,) = get_current_job().fetch_dependencies()
    note("c", before.return_value())


def _chain(*tasks) -> dict[str, str]:
    ids, before = {}, None
    for task in tasks:
        before = queue.enqueue(task, depends_on=before)
        ids[task.__name__] = before.id
    return ids


def fails() -> dict:
    return _chain(a, b, c)


def seen(ids: dict) -> dict:
    jobs = {name: Job.fetch(id_, connection=redis) for name, id_ in ids.items()}
    return {"how": "Job.get_status()", **{name: jobs[name].get_status().value for name in jobs}}


def again(ids: dict) -> dict:
    Job.fetch(ids["b"], connection=redis).requeue()
    return {"call": "Job.requeue()"}


def parts() -> list[str]:
    return [queue.enqueue(part, number).id for number in (0, 1)]


def join_after(ids: list[str]) -> dict:
    return {"c": queue.enqueue(c, depends_on=ids).id}


def join() -> dict:
    return join_after(parts())


def hand(kind: str) -> dict:
    queue.enqueue(asks, depends_on=queue.enqueue(give, kind))
    return {"asks": "fetch_dependencies()"}


def empty() -> None:
    queue.enqueue(c, depends_on=[])


def slow_chain() -> dict:
    ids = _chain(a, slow, c)
    return {"b": ids["slow"], "c": ids["c"]}


def same(which: str) -> None:
    queue.enqueue(c, which, job_id="same")


def hundred(steps: int) -> None:
    _chain(*[c] * steps)
