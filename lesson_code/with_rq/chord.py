"""A chord in RQ: a fan-in in which no job waits. Each part stores its outcome, and the part that
finds all outcomes stored enqueues the next job.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rq import Queue, Retry, get_current_job
from rq.job import Job

from ..patterns.keep import KEEP
from ..patterns.tasks import Task, named
from .at_work import queue_of
from .chaining import call
from .fallbacks import catch_final_failure, decision, retries_for
from .together import enqueue_atomically


def enqueue_chord(
    queue: Queue, task: Task, parts: Mapping[str, Sequence], then: Task, run: str, tries: int = 3
) -> bool:
    """Enqueue a job "run-name" for each part: it calls `task` with the part's arguments.

    When all outcomes are stored, the job "run" calls `then` with {name: outcome}. If a part has
    failed `tries` times, or its outcome does not fit into JSON, that is {"gave up": the error}.
    Returns False, and enqueues nothing, if the run exists already.
    """
    plan = {"retry": retries_for(tries), "result_ttl": KEEP}
    about = (run, len(parts), named(then), tries, named(task))
    jobs = [
        queue.create_job(run_part, (name, *about, *args), job_id=f"{run}-{name}", **plan)
        for name, args in parts.items()
    ]
    return enqueue_atomically(jobs or [_last(queue, run, then)], queue)


def run_part(name: str, run: str, total: int, then: str, tries: int, task: str, *args: Any) -> Any:
    """Run one part and store its outcome; if all outcomes are stored, enqueue the next job.

    A part that runs twice, because its worker crashed, stores the same outcome again. Two parts may
    both find all outcomes stored: the second job with that id is refused.
    """
    me = get_current_job()
    outcome = catch_final_failure(task, *args, tries=tries)
    if isinstance(outcome, Retry):
        return outcome
    try:
        text = json.dumps(outcome)
    except Exception as error:  # the task has had its effect: it does not run again
        text = json.dumps(outcome := decision(error))
    with me.connection.pipeline() as pipe:
        pipe.hset(_outcomes(run), name, text)
        pipe.expire(_outcomes(run), KEEP)
        pipe.hlen(_outcomes(run))
        closed = pipe.execute()[-1]
    if closed == total:
        queue = queue_of(me)
        enqueue_atomically([_last(queue, run, then, ttl=me.ttl, failure_ttl=me.failure_ttl)], queue)
    return outcome


def _last(queue: Queue, run: str, then: Task, **lifetimes: Any) -> Job:
    plan = {"job_id": run, "retry": Retry(max=3), "result_ttl": KEEP, **lifetimes}
    return queue.create_job(gather, (run, named(then)), **plan)


def gather(run: str, then: str) -> Any:
    """Call `then` with the outcomes of all parts, sorted by name."""
    kept = get_current_job().connection.hgetall(_outcomes(run))
    return call(then, {name.decode(): json.loads(kept[name]) for name in sorted(kept)})


def _outcomes(run: str) -> str:
    return f"parts:{run}:outcomes"
