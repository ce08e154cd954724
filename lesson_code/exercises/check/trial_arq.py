"""The same with ARQ: the worker runs each task of the answer's cell."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from types import ModuleType

from arq.worker import Function

from lesson_code.exercises.check.trial_rq import Outcome, Setting
from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab import Lab, work_arq
from lesson_code.lab.engines.arq import EVENTS
from lesson_code.worlds import accidents

STILL = 10  # so often must nothing have happened before a starved job goes on


def play_arq(
    exercise: Exercise,
    module: ModuleType,
    setting: Setting,
    scene: Scene,
    starved: str = "",
    note: Callable[[str], None] = print,
) -> Outcome:
    """Let the answer in `module` enqueue, and ARQ's workers work. Raises what the answer raises.

    `before`, `start` and `again` are as in `play_rq`, but async and with the pool. A worker runs
    the functions of the cell's `WorkerSettings`; if there is none, each `async def` whose first
    parameter is `ctx`.
    """
    return asyncio.run(_play(exercise, module, setting, scene, starved, note))


async def _play(
    exercise: Exercise,
    module: ModuleType,
    setting: Setting,
    scene: Scene,
    starved: str,
    note: Callable[[str], None],
) -> Outcome:
    lab = Lab()
    pool = lab.arq()
    settings = getattr(module, "WorkerSettings", type("WorkerSettings", (), {}))
    answer = getattr(module, exercise.id)
    accidents.arrange({}, "")
    try:
        tasks = getattr(settings, "functions", list(_tasks(module)))
        if setting.before:
            await setting.before(pool)
            await work_arq(pool, settings, functions=tasks)
        accidents.arrange(scene.fails, scene.dies)
        value = await (setting.start(pool, answer) if setting.start else answer(pool))
        twice = {scene.twice}
        staged = [_staged(one, twice, starved, note) for one in tasks]
        workers = [settings] * scene.workers
        run = await work_arq(pool, *workers, functions=staged)
        if setting.again and not starved:
            await setting.again(pool)
            run = await work_arq(pool, *workers, functions=staged)
        return Outcome(run, tuple(accidents.journal), tuple(accidents.tried), value, starved)
    finally:
        await pool.aclose()
        lab.close()


def _tasks(module: ModuleType) -> Iterator[Callable]:
    for thing in vars(module).values():
        if inspect.iscoroutinefunction(thing):
            first = next(iter(inspect.signature(thing).parameters), "")
            yield from [thing] * (first == "ctx")


def _staged(task: Callable | Function, twice: set[str], starved: str, note: Callable):
    """Return the task with its accidents: a worker that died has done some of it before."""
    if isinstance(task, Function):
        return replace(task, coroutine=_staged(task.coroutine, twice, starved, note))

    @wraps(task)
    async def staged(ctx: dict, *args, **kwargs):
        note(f"running the job `{ctx['job_id']}`")
        if ctx["job_id"] == starved:
            await _until_nothing_happens(ctx)
        if ctx["job_id"] in twice:
            twice.clear()
            await asyncio.gather(task(ctx, *args, **kwargs), return_exceptions=True)
        try:
            return await task(ctx, *args, **kwargs)
        except accidents.WorkerDied:
            return await task(ctx, *args, **kwargs)

    return staged


async def _until_nothing_happens(ctx: dict) -> None:
    seen, still = -1, 0
    while still < STILL:
        await asyncio.sleep(0.01)
        now = await ctx["redis"].llen(EVENTS)
        still, seen = (still + 1 if now == seen else 0), now
