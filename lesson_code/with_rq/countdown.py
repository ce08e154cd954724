"""Fan-in in RQ without a job that waits: each part writes its outcome, the last one starts what
comes next.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rq import Queue, Retry, get_current_job
from rq.job import Job

from lesson_code.patterns.keep import KEEP
from lesson_code.with_rq.chaining import Task, call, named
from lesson_code.with_rq.fallbacks import attempt
from lesson_code.with_rq.workflow import enqueue_together


def enqueue_parts(
    queue: Queue,
    task: Task,
    parts: Mapping[str, Sequence],
    then: Task,
    run: str,
    retry: Retry | None = None,
) -> bool:
    """Enqueue `task` for each part, by its name, with its arguments: "run-name".

    When all are closed, the job "run" calls `then` with {name: outcome}. An outcome has to
    fit into JSON; of a part that gives up it is {"gave up": the error}. A part has the `retry` of
    an `attempt`, by default for three tries. Returns False if the run is there already.
    """
    plan = {"retry": retry or Retry(max=4), "result_ttl": KEEP}
    about = (run, len(parts), named(then), named(task))
    jobs = [
        queue.create_job(part, (name, *about, *args), job_id=f"{run}-{name}", **plan)
        for name, args in parts.items()
    ]
    return enqueue_together(jobs or [_last(queue, run, then)])


def part(name: str, run: str, total: int, then: str, task: str, *args: Any) -> Any:
    """Run one part, and write its outcome; who finds that all are written enqueues what is next.

    A part that is run again writes the same, and may find the same: a second job of that id is
    refused. Its first run may have died before it could enqueue it.
    """
    me = get_current_job()
    outcome = attempt(task, *args)
    with me.connection.pipeline() as stroke:
        stroke.hset(_outcomes(run), name, json.dumps(outcome))
        stroke.expire(_outcomes(run), KEEP)
        stroke.hlen(_outcomes(run))
        closed = stroke.execute()[-1]
    if closed == total:
        queue = Queue(me.origin, me.connection, serializer=me.serializer)
        enqueue_together([_last(queue, run, then)])
    return outcome


def _last(queue: Queue, run: str, then: Task) -> Job:
    plan = {"job_id": run, "retry": Retry(max=3), "result_ttl": KEEP}
    return queue.create_job(gather, (run, named(then)), **plan)


def gather(run: str, then: str) -> Any:
    """Call `then` with the outcomes of all parts, in the order of their names."""
    kept = get_current_job().connection.hgetall(_outcomes(run))
    return call(then, {name.decode(): json.loads(kept[name]) for name in sorted(kept)})


def _outcomes(run: str) -> str:
    return f"parts:{run}:outcomes"
