"""A trial with ARQ: the answer enqueues, and ARQ's workers run the tasks of its cell."""

import asyncio
import inspect
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial, wraps
from types import ModuleType
from typing import Any
from unittest.mock import patch

from arq import ArqRedis, Retry
from arq.constants import default_queue_name
from arq.worker import Function

from lesson_code.exercises.check.answer import Answer
from lesson_code.exercises.check.counted import FILE
from lesson_code.exercises.check.effort import effort
from lesson_code.exercises.check.places import Place
from lesson_code.exercises.check.trial import OTHERS, Notes, Outcome
from lesson_code.exercises.exercise import Scene
from lesson_code.lab.stage.story import ArqStory
from lesson_code.worlds import accidents

STILL = 0.06  # seconds without a change, after which a starved job goes on
really_sleep = asyncio.sleep
_job_id: ContextVar[str] = ContextVar("job id", default="")


def play_arq(answer: Answer, place: Place, notes: Notes) -> Outcome:
    """Call the answer, and run its jobs with ARQ's workers. Raises the answer's own error.

    `before`, `start` and `again` are as in `play_rq`, but async and with the pool. A worker runs
    the functions of the cell's `WorkerSettings`; if there is none, each `async def` whose first
    parameter is `ctx`.
    """
    return place.run_async(_play(answer, place, notes))


async def _play(answer: Answer, place: Place, notes: Notes) -> Outcome:
    pool, scene = place.pool(), notes.scene
    accidents.inject_failures({})
    accidents.play_in(_job_id.get, scene.other_data)
    try:
        if answer.setting.before:
            await answer.setting.before(pool)
            await place.work_arq(pool, _settings(answer), functions=[*_tasks(answer.module)])
        notes.begin(_job_id.get)
        await pool.mset(dict.fromkeys(OTHERS, "x"))
        with _noting(pool, notes):
            notes.value = await answer.enqueue(pool)
            staged = [_staged(one, answer, notes) for one in _tasks(answer.module)]
            workers = [_settings(answer)] * (scene.workers or 1)
            options = {"before": partial(_starve, pool, notes)} if notes.starved else {}
            run = await place.work_arq(pool, *workers, functions=staged, **options)
            if answer.setting.again and not notes.starved:
                await answer.setting.again(pool)
                run = await place.work_arq(pool, *workers, functions=staged)
        deleted = await pool.delete(*OTHERS) < len(OTHERS)
        return notes.outcome(run, deleted)
    finally:
        await pool.aclose()


@contextmanager
def arq_story(answer: Answer, scene: Scene, note: Callable[[str], None]) -> Iterator[ArqStory]:
    """Return the answer's jobs as a story: in each run the scene's tasks fail."""

    async def enqueue(pool: ArqRedis) -> None:
        effort.begin()
        accidents.inject_failures(scene.fails)
        if answer.setting.before:
            await answer.setting.before(pool)
        await answer.enqueue(pool)
        for name, value in vars(_settings(answer)).items():
            if not name.startswith("_"):
                setattr(Settings, name, value)
        Settings.functions = [_staged(one, answer, notes) for one in _tasks(answer.module)]

    class Settings:
        """The worker's settings, known when the answer has run."""

    notes = Notes(scene, note=note)
    notes.begin(_job_id.get)
    yield ArqStory(enqueue, Settings)


def _settings(answer: Answer) -> type:
    return getattr(answer.module, "WorkerSettings", type("WorkerSettings", (), {}))


def _tasks(module: ModuleType) -> Iterator[Callable | Function]:
    """Yield the tasks that the answer's worker can run."""
    settings = getattr(module, "WorkerSettings", None)
    if hasattr(settings, "functions"):
        yield from settings.functions
        return
    for thing in vars(module).values():
        if inspect.iscoroutinefunction(thing):
            first = next(iter(inspect.signature(thing).parameters), "")
            yield from [thing] * (first == "ctx")


def _staged(task: Callable | Function, answer: Answer, notes: Notes) -> Function | Callable:
    """Return the task with its accidents, each of its runs in a process of its own."""
    if isinstance(task, Function):
        return replace(task, coroutine=_staged(task.coroutine, answer, notes))

    async def anew(*args: Any, **kwargs: Any) -> Any:
        fresh = answer.new_process()
        same = getattr(task, "__module__", "") == "answer"
        now = getattr(fresh, getattr(task, "__name__", ""), task) if same else task
        return await (now if inspect.iscoroutinefunction(now) else task)(*args, **kwargs)

    async def noting(*args: Any, **kwargs: Any) -> Any:
        try:
            return await anew(*args, **kwargs)
        except Retry as retry:
            notes.rests.setdefault(_job_id.get(), (retry.defer_score or 0) / 1000)
            raise

    @wraps(task)
    async def staged(ctx: dict, *args: Any, **kwargs: Any) -> Any:
        _job_id.set(ctx["job_id"])
        notes.job_begins(ctx["job_id"])
        if notes.runs_twice(ctx["job_id"]):
            await asyncio.gather(anew(ctx, *args, **kwargs), return_exceptions=True)
        try:
            return await noting(ctx, *args, **kwargs)
        except accidents.WorkerCrashed:
            return await noting(ctx, *args, **kwargs)

    return staged


async def _starve(pool: ArqRedis, notes: Notes, job_id: str) -> None:
    """Wait, before the starved job begins, until there are no more changes.

    That is: no job begins for the first time or ends, no task acts or sleeps, and no new job is
    due.
    """
    if job_id != notes.starved or notes.before is not None:
        return
    seen, since = await _seen(pool, notes), time.time()
    while time.time() - since < STILL:
        asleep = notes.asleep_until - time.time()
        await really_sleep(max(asleep, notes.next_due - time.time(), 0.01))
        if seen != (seen := await _seen(pool, notes)):
            since = time.time()


async def _seen(pool: ArqRedis, notes: Notes) -> tuple:
    """Return data that differ after each change; note when the next new job is due."""
    queued = await pool.zrange(default_queue_name, 0, -1, withscores=True)
    new = [at / 1000 for name, at in queued if name.decode() not in notes.begun]
    notes.next_due = max(new, default=0.0)
    return {name for name, _ in queued}, set(notes.begun), len(accidents.tried)


@contextmanager
def _noting(pool: ArqRedis, notes: Notes) -> Iterator[None]:
    """Note which jobs have a delay, and how long tasks sleep; an answer's own sleep is a wait."""
    enqueue = type(pool).enqueue_job

    def sleep(delay: float, result: Any = None) -> Awaitable[Any]:
        if sys._getframe(1).f_code.co_filename == FILE:
            notes.rests.setdefault(_job_id.get(), delay)
        notes.asleep_until = max(notes.asleep_until, time.time() + delay)
        return really_sleep(delay, result)

    @wraps(enqueue)  # ARQ's name is in the warning about a missing `await`
    async def noted(self: ArqRedis, *args: Any, **kwargs: Any):
        job = await enqueue(self, *args, **kwargs)
        if job and (kwargs.get("_defer_by") or kwargs.get("_defer_until")):
            notes.delayed.add(job.job_id)
        return job

    with patch.object(type(pool), "enqueue_job", noted), patch.object(asyncio, "sleep", sleep):
        yield
