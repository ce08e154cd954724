"""Workflows whose steps report their inputs, and the results that plain Python predicts."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from lesson_code.lab import Lab, Run, work_arq
from lesson_code.patterns.workflow import Steps

NEVER = "never ran"

Parents = dict[str, list[str]]  # the steps, each with those that it waits for

_broken: set[str] = set()
_diary: list[str] = []  # "start a", "end a", ...: what the tasks really did


def begin(broken: set[str]) -> None:
    """Start a new diary; the steps in `broken` will fail."""
    _diary.clear()
    break_only(broken)


def break_only(broken: set[str]) -> None:
    _broken.clear()
    _broken.update(broken)


def tell(step: str, *results: str) -> str:
    """Return the step and the steps whose results it was given, as "d(b, c)"."""
    if step in _broken:
        raise ValueError(f"{step} is broken")
    _diary.append(f"start {step}")
    given = ", ".join(result.partition("(")[0] for result in results)
    _diary.append(f"end {step}")
    return f"{step}({given})"


def workflow(parents: Parents) -> Steps:
    return {step: (partial(tell, step), after) for step, after in parents.items()}


def fates(parents: Parents, broken: set[str]) -> dict[str, str]:
    """Say what each step must come to: its result, its error, or NEVER."""
    fate: dict[str, str] = {}
    while len(fate) < len(parents):
        for step, after in parents.items():
            if not all(parent in fate for parent in after):
                continue
            if any(fate[parent] == NEVER or parent in broken for parent in after):
                fate[step] = NEVER
            elif step in broken:
                fate[step] = f"ValueError: {step} is broken"
            else:
                fate[step] = f"{step}({', '.join(after)})"
    return fate


def misdeeds(parents: Parents) -> list[str]:
    """Return what the diary must not tell: a step that ran twice, or not after its parents."""
    wrong = [f"{entry}, twice" for entry in sorted(set(_diary)) if _diary.count(entry) > 1]
    for step in parents:
        before = _diary[: _diary.index(f"start {step}")] if f"start {step}" in _diary else None
        for parent in parents[step]:
            if before is not None and f"end {parent}" not in before:
                wrong.append(f"start {step} before end {parent}")
    return wrong


def times(step: str) -> int:
    """Return how often the step has run to its end."""
    return _diary.count(f"end {step}")


def told(run: Run) -> dict[str, object]:
    """Return what each job came to, in words that are no library's: its result, error or NEVER."""
    return {
        job.id.rpartition(":")[2]: NEVER if job.state == "deferred" else job.error or job.result
        for job in run.jobs
    }


def in_arq(lab: Lab, enqueue: Callable[..., Awaitable], *functions: Callable) -> Run:
    """Let `enqueue(pool)` enqueue, and a worker that knows `functions` work. Return the Run."""

    async def main() -> Run:
        pool = lab.arq()
        try:
            await enqueue(pool)
            worker_settings = type("WorkerSettings", (), {"functions": functions})
            return await work_arq(pool, worker_settings, poll_delay=0.001)
        finally:
            await pool.aclose()

    return asyncio.run(main())
