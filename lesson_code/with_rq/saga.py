"""A saga in RQ: the steps and then their undo steps, as one plan that never changes."""

from collections.abc import Sequence
from typing import Any

from rq import Queue, get_current_job
from rq.job import Job

from lesson_code.with_rq.chaining import Task, call, named, pass_results
from lesson_code.with_rq.fallbacks import catch_final_failure, finished_before, gave_up, retries_for
from lesson_code.with_rq.workflow import enqueue_workflow


def enqueue_saga(
    queue: Queue,
    steps: Sequence[tuple[Task, Task | None]],
    *args: Any,
    run: str,
    tries: int = 3,
) -> dict[str, Job]:
    """Enqueue the steps, each to be called with `args`, and then their undo steps, as one chain.

    Each step comes with the task that undoes it, or None. When a step gives up, the remaining steps
    are skipped, and the undo steps run, the last one first. A step gives up when it has failed
    `tries` times. A task may run twice: give its effect a key.

    Returns the jobs, "step" and "undo-step"; the result of the last one tells what is "done",
    and why it "gave up". Raises ValueError for two steps of one name, and for
    a step that is no function of a module.
    """
    names = [_name(task) for task, _ in steps]
    if len({*names}) < len(names):
        raise ValueError(f"two steps of this saga have the same name: {', '.join(names)}")
    pairs = [*zip(names, steps, strict=True)]
    chain = [(name, [forward, task], name) for name, (task, _) in pairs]
    chain += [(f"undo-{name}", [back, undo], name) for name, (_, undo) in reversed(pairs) if undo]
    plan, last = {}, []
    for job, task, step in chain:
        plan[job] = (task, last, {"args": (step, tries, *args), "retry": retries_for(tries)})
        last = [job]
    return enqueue_workflow(queue, plan, run)


def forward(task: Task, step: str, tries: int, *args: Any) -> dict:
    """Run a step, unless an earlier one gave up. Return the steps done, and why one gave up.

    If a worker crashed in this step, it may have been done: it is undone, too, when it gives up.
    """
    me = get_current_job()
    if earlier := finished_before(me):
        return earlier.return_value
    before = _before(me)
    if gave_up(before):
        return before
    died = me.meta.get("trying", False)
    _note(me, trying=True)
    try:
        result = catch_final_failure(task, *args, tries=tries)
    except Exception:
        _note(me, trying=died)
        raise
    done = [*before["done"], step]
    if gave_up(result):
        return {**result, "done": done if died else before["done"]}
    return {"done": done}


def back(undo: Task, step: str, tries: int, *args: Any) -> dict:
    """Undo a step that is done, if the saga has given up. Return what `forward` returned."""
    outcome = _before(get_current_job())
    if gave_up(outcome) and step in outcome["done"]:
        call(undo, *args)
    return outcome


def _name(task: Task) -> str:
    if not isinstance(name := named(task), str):
        raise ValueError(f"a step of a saga is a function of a module, and {task!r} is none")
    return name.rpartition(".")[2]


def _before(me: Job) -> dict:
    return pass_results(dict) if me.dependency_ids else {"done": []}


def _note(me: Job, trying: bool) -> None:
    me.meta["trying"] = trying
    me.save_meta()
