"""A chord in RQ: a fan-in in which no job waits. Each part stores its outcome, and the part that
finds all outcomes stored enqueues the next job.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rq import Queue, Retry, get_current_job
from rq.job import Job

from lesson_code.patterns.keep import KEEP
from lesson_code.with_rq.chaining import Task, call, named
from lesson_code.with_rq.fallbacks import catch_final_failure, retries_for
from lesson_code.with_rq.workflow import enqueue_atomically


def enqueue_chord(
    queue: Queue,
    task: Task,
    parts: Mapping[str, Sequence],
    then: Task,
    run: str,
    tries: int = 3,
) -> bool:
    """Enqueue a job "run-name" for each part: it calls `task` with the part's arguments.

    When all outcomes are stored, the job "run" calls `then` with {name: outcome}. An outcome must
    fit into JSON. If a part has failed `tries` times, its outcome is {"gave up": the error}.
    Returns False, and enqueues nothing, if the run exists already.
    """
    plan = {"retry": retries_for(tries), "result_ttl": KEEP}
    about = (run, len(parts), named(then), tries, named(task))
    jobs = [
        queue.create_job(run_part, (name, *about, *args), job_id=f"{run}-{name}", **plan)
        for name, args in parts.items()
    ]
    return enqueue_atomically(jobs or [_last(queue, run, then)])


def run_part(name: str, run: str, total: int, then: str, tries: int, task: str, *args: Any) -> Any:
    """Run one part and store its outcome; if all outcomes are stored, enqueue the next job.

    A part that runs twice, because its worker crashed, stores the same outcome again. Two parts may
    both find all outcomes stored: the second job with that id is refused.
    """
    me = get_current_job()
    outcome = catch_final_failure(task, *args, tries=tries)
    with me.connection.pipeline() as pipe:
        pipe.hset(_outcomes(run), name, json.dumps(outcome))
        pipe.expire(_outcomes(run), KEEP)
        pipe.hlen(_outcomes(run))
        closed = pipe.execute()[-1]
    if closed == total:
        queue = Queue(me.origin, me.connection, serializer=me.serializer)
        enqueue_atomically([_last(queue, run, then)])
    return outcome


def _last(queue: Queue, run: str, then: Task) -> Job:
    plan = {"job_id": run, "retry": Retry(max=3), "result_ttl": KEEP}
    return queue.create_job(gather, (run, named(then)), **plan)


def gather(run: str, then: str) -> Any:
    """Call `then` with the outcomes of all parts, sorted by name."""
    kept = get_current_job().connection.hgetall(_outcomes(run))
    return call(then, {name.decode(): json.loads(kept[name]) for name in sorted(kept)})


def _outcomes(run: str) -> str:
    return f"parts:{run}:outcomes"
