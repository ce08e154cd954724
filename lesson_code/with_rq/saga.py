"""A saga in RQ: the steps and then their undo steps, as one plan that never changes."""

from collections.abc import Sequence
from typing import Any

from rq import Queue, Retry, get_current_job
from rq.job import Job
from rq.timeouts import JobTimeoutException

from ..patterns.tasks import FAILURES, Task, all_different, short_name
from .at_work import finished_before, note
from .chaining import call, dependency_ids, pass_results
from .fallbacks import GAVE_UP, catch_final_failure, gave_up, retries_for
from .workflow import enqueue_workflow


def enqueue_saga(
    queue: Queue, steps: Sequence[tuple[Task, Task | None]], *args: Any, run: str, tries: int = 3
) -> dict[str, Job]:
    """Enqueue the steps, each to be called with `args`, and then their undo steps, as one chain.

    Each step comes with the task that undoes it, or None. When a step gives up, the remaining steps
    are skipped, and the undo steps run, the last one first. A step gives up when it has failed
    `tries` times (in a synchronous queue: once). A task may run twice: give its effect a key.

    Returns the jobs, "step" and "undo-step"; the result of the last one tells what is "done",
    and why it "gave up". Raises ValueError for two steps of one name, and for
    a step that is no function of a module.
    """
    names = all_different((short_name(task) for task, _ in steps), "steps of this saga")
    pairs = [*zip(names, steps, strict=True)]
    chain = [(name, [forward, task], name) for name, (task, _) in pairs]
    chain += [(f"undo-{name}", [back, undo], name) for name, (_, undo) in reversed(pairs) if undo]
    plan, last = {}, []
    for job, task, step in chain:
        plan[job] = (task, last, {"args": (step, tries, *args), "retry": retries_for(tries)})
        last = [job]
    return enqueue_workflow(queue, plan, run)


def forward(task: Task, step: str, tries: int, *args: Any) -> dict | Retry:
    """Run a step, unless an earlier one gave up. Return the steps done, and why one gave up.

    A step that a crash or a time limit ended may have been done. If it gives up, it is undone, too.
    """
    me = get_current_job()
    if earlier := finished_before(me):
        return earlier.return_value
    before = _before(me)
    if gave_up(before):
        return before
    died = me.meta.get("trying", False)
    note(me, trying=True)
    try:
        result = catch_final_failure(task, *args, tries=tries)
    except FAILURES as error:
        note(me, trying=died or isinstance(error, JobTimeoutException))
        raise
    if isinstance(result, Retry):
        note(me, trying=died)
        return result
    if gave_up(result):
        unsure = died or result[GAVE_UP].startswith(JobTimeoutException.__name__)
        return {**result, "done": [*before["done"], *[step] * unsure]}
    return {"done": [*before["done"], step]}


def back(undo: Task, step: str, tries: int, *args: Any) -> dict | Retry:
    """Undo a step that is done, if the saga has given up. Return what `forward` returned."""
    outcome, undone = _before(get_current_job()), None
    if gave_up(outcome) and step in outcome["done"]:
        undone = call(undo, *args)
    return undone if isinstance(undone, Retry) else outcome


def _before(me: Job) -> dict:
    return pass_results(dict) if dependency_ids(me) else {"done": []}
