"""One crash, and the time until a worker notices it; on the clock, so no test waits."""

from collections.abc import Callable
from functools import partial
from typing import Any

from arq import ArqRedis
from redis import Redis
from rq import Queue, Retry, Worker
from rq.job import Job

from lesson_code.lab.engines.rq_staged import ClockPenalty
from lesson_code.lab.engines.rq_stops import handlers_by_worker
from lesson_code.lab.record import Step
from lesson_code.lab.stage.futures import stage_for
from lesson_code.lab.stage.play_rq import Mortal
from lesson_code.lab.stage.stage import Stage
from lesson_code.lab.stage.stillness import still
from lesson_code.lab.stage.story import ArqStory
from lesson_code.lab.stage.token import Choices
from lesson_code.worlds import shop


def crash_at_work(queue: Queue) -> Job:
    """Start the next job as an RQ worker does, and then do nothing more, as after a crash."""
    worker = Worker([queue], name="worker-0", connection=queue.connection)
    job, _ = worker.dequeue_job_and_maintain_ttl(timeout=None)
    worker.prepare_execution(job)
    worker.prepare_job_execution(job, remove_from_intermediate_queue=True)
    return job


class Idle:
    """The boss of a worker that takes each job without asking."""

    def there(self) -> list[str]:
        return []

    def take(self, worker: Mortal, dequeue: Callable) -> Any:
        return dequeue()

    def started(self) -> None: ...

    def ending(self) -> None: ...

    def ended(self) -> None: ...


def seconds_until_noticed(**options: int) -> int:
    """Return when an idle RQ worker with these options runs a crashed worker's job again."""
    stage = Stage()

    def take(redis: Redis, source: str, to: str, timeout: int) -> bytes | None:
        """Do the same as BLMOVE when no other client enqueues jobs meanwhile."""
        if not redis.exists(source):
            stage.clock.put_forward(timeout)
        return redis.lmove(source, to)

    def wait_for_work() -> None:
        queue = Queue(connection=stage.client())
        queue.connection.blmove = partial(take, queue.connection)
        queue.enqueue(shop.charge, "A7", retry=Retry(max=1))
        crash_at_work(queue)
        worker = Mortal([queue], name="worker-1", **options)
        worker.boss = Idle()
        worker.death_penalty_class = partial(ClockPenalty, stage.baton.set_limit)
        worker.work(max_jobs=1, logging_level="CRITICAL")

    with still(), stage.open(), handlers_by_worker():
        stage.baton.play(wait_for_work)
    return round(stage.clock.passed)


async def charge(ctx: dict) -> str:
    return shop.charge("A7")


async def enqueue(pool: ArqRedis) -> None:
    await pool.enqueue_job("charge")


def seconds_until_noticed_arq(**options: Any) -> int:
    """Return when an idle ARQ worker runs a crashed worker's job again; both have these options."""
    settings = type("WorkerSettings", (), {"functions": [charge], **options})
    story, times = ArqStory(enqueue, settings, workers=2), []
    plain = stage_for(story, Choices())
    plain.run()
    run = stage_for(story, Choices(crashes=(_charges(plain.director.steps)[0],)))
    run.director.look = lambda: times.append(run.stage.clock.passed)
    run.run()
    begun, again = _charges(run.director.steps)
    return round(times[again] - times[begun])


def _charges(steps: list[Step]) -> list[int]:
    return [at for at, step in enumerate(steps) if step.command == "charge('A7')"]
