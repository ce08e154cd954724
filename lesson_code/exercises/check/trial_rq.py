"""Running an answer in a scene, on a Redis of its own: what came of it is an Outcome."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch

from rq import Queue, SimpleWorker
from rq.job import Job

from lesson_code.exercises.exercise import Exercise, Scene
from lesson_code.lab import Lab, Run, work
from lesson_code.lab.engines.rq import all_queues, forget_events, read_run
from lesson_code.lab.engines.rq_notes import Recorder
from lesson_code.lab.stage.work import put_clock_forward
from lesson_code.worlds import accidents


@dataclass(frozen=True)
class Outcome:
    """What came of an answer."""

    run: Run
    journal: tuple[str, ...]  # what the tasks did, in order
    tried: tuple[str, ...]
    value: Any  # what the answer returned
    starved: str = ""  # the job that ran only when nothing else could


class Setting(NamedTuple):
    """What an exercise may define around its answer: see `play_rq`."""

    before: Callable | None
    start: Callable | None
    again: Callable | None


def play_rq(
    exercise: Exercise,
    module: ModuleType,
    setting: Setting,
    scene: Scene,
    starved: str = "",
    note: Callable[[str], None] = print,
) -> Outcome:
    """Let the answer in `module` enqueue, and workers work. Raises what the answer raises.

    The setting may hold `before(queue)`, which is called and worked off first,
    `start(queue, answer)`, which is called in the answer's place, and `again(queue)`, which is
    called after the work, and worked off, too (but not with a starved job: that is about waits).
    """
    lab = Lab()
    try:
        queue = Queue(connection=lab.redis)
        answer = getattr(module, exercise.id)
        accidents.arrange({}, "")
        if setting.before:
            setting.before(queue)
            work(lab, with_scheduler=True)
        accidents.arrange(scene.fails, scene.dies)
        value = setting.start(queue, answer) if setting.start else answer(queue)
        with _accidents(scene.twice, note):
            if starved:
                run = _work_starving(lab, starved)
            else:
                run = work(lab, scene.workers, with_scheduler=True)
            if setting.again and not starved:
                setting.again(queue)
                run = work(lab, scene.workers, with_scheduler=True)
        return Outcome(run, tuple(accidents.journal), tuple(accidents.tried), value, starved)
    finally:
        lab.close()


@contextmanager
def _accidents(twice: str, note: Callable[[str], None]) -> Iterator[None]:
    """Let RQ run jobs a second time whose worker has died: half-way, or (`twice`) at their end."""
    perform, again = Job.perform, {twice}

    def performed(job: Job) -> Any:
        note(f"running the job `{job.id}`")
        if job.id in again:
            again.clear()
            with suppress(Exception):
                perform(job)
        try:
            return perform(job)
        except accidents.WorkerDied:
            return perform(job)

    with patch.object(Job, "perform", performed):
        yield


class _OneJob(Recorder, SimpleWorker):
    def work_one(self) -> None:
        self.work(burst=True, max_jobs=1, logging_level="CRITICAL")


def _work_starving(lab: Lab, starved: str) -> Run:
    """Let a worker run all jobs, `starved` only when there is no other: so whatever does not
    wait for it comes first, and no luck is in it.
    """
    forget_events(lab.redis)
    while queues := all_queues(lab.redis):
        for queue in queues:
            if starved in queue.job_ids:
                queue.remove(starved)
                queue.push_job_id(starved)
        waiting = [queue for queue in queues if queue.count]
        waiting.sort(key=lambda queue: queue.job_ids == [starved])
        if waiting:
            _OneJob(waiting, connection=lab.redis, name="worker-1").work_one()
        elif not put_clock_forward(lab, queues):
            break
    return read_run(lab.redis)
