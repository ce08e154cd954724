"""A trial with RQ: the answer enqueues, and RQ's workers work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from unittest.mock import patch

from rq import Queue, get_current_job
from rq.defaults import DEFAULT_RESULT_TTL
from rq.job import Job

from lesson_code.exercises.check.answer import Answer
from lesson_code.exercises.check.by_hand import nothing_by_hand
from lesson_code.exercises.check.effort import effort
from lesson_code.exercises.check.places import Place
from lesson_code.exercises.check.trial import OTHERS, Notes, Outcome
from lesson_code.exercises.exercise import Scene
from lesson_code.lab.engines.rq_ghosts import ghosts
from lesson_code.lab.stage.story import Story
from lesson_code.worlds import accidents


def play_rq(answer: Answer, place: Place, notes: Notes) -> Outcome:
    """Call the answer, and run its jobs with RQ's workers. Raises the answer's own error.

    The setting may hold three functions. `before(queue)` is called first, and its jobs are run
    first. `start(queue, answer)` is called instead of the answer. `again(queue)` is called after
    the work, and its jobs are run, too (but not with a starved job, because that trial is about
    waits).
    """
    queue, scene = Queue(connection=place.redis), notes.scene
    accidents.inject_failures({})
    in_job = partial(_in_job, notes)
    accidents.play_in(in_job, scene.other_data)
    if answer.setting.before:
        answer.setting.before(queue)
        place.work()
    notes.begin(in_job)
    place.redis.mset(dict.fromkeys(OTHERS, "x"))
    with _accidents(answer, notes):
        notes.value = answer.enqueue(queue)
        notes.working = True
        run = place.work(scene.workers or 1, notes.starved)
        if answer.setting.again and not notes.starved:
            answer.setting.again(queue)
            run = place.work(scene.workers or 1)
    deleted = place.redis.delete(*OTHERS) < len(OTHERS)
    return notes.outcome(run, deleted, ghosts(place.redis))


@contextmanager
def rq_story(answer: Answer, scene: Scene, note: Callable[[str], None]) -> Iterator[Story]:
    """Return the answer's jobs as a story: in each run the scene's tasks fail."""

    def enqueue(queue: Queue) -> None:
        notes.working = False
        effort.begin()
        accidents.inject_failures(scene.fails)
        if answer.setting.before:
            answer.setting.before(queue)
        answer.enqueue(queue)
        notes.working = True

    notes = Notes(scene, note=note)
    notes.begin(partial(_in_job, notes))
    with _accidents(answer, notes):
        yield Story(enqueue)


def _in_job(notes: Notes) -> str:
    job = get_current_job()
    return "" if not notes.working else job.id if job else "a callback, or a thread of its own"


@contextmanager
def _accidents(answer: Answer, notes: Notes) -> Iterator[None]:
    """Run each job in a process of its own; twice, when its worker crashes half-way or at the end.

    Note which jobs have a delay.
    """
    perform, enqueue_at = Job.perform, Queue.enqueue_at

    def performed(job: Job) -> Any:
        notes.job_begins(job.id)
        notes.kept[job.id] = job.get_result_ttl(DEFAULT_RESULT_TTL)
        if notes.runs_twice(job.id):
            with suppress(Exception):
                _perform_anew(job)
        try:
            return _perform_anew(job)
        except accidents.WorkerCrashed:
            return _perform_anew(job)

    def _perform_anew(job: Job) -> Any:
        answer.new_process()
        job.data = job.data  # so that the new process unpickles it again
        return perform(job)

    def put_off(queue: Queue, *args: Any, **kwargs: Any) -> Job:
        job = enqueue_at(queue, *args, **kwargs)
        notes.delayed.add(job.id)
        return job

    with (
        nothing_by_hand(),
        patch.object(Job, "perform", performed),
        patch.object(Queue, "enqueue_at", put_off),
    ):
        yield
