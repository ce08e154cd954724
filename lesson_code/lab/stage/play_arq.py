"""One run of an ARQ story: the workers, a death, then time passes and another worker comes."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from functools import partial

from arq import ArqRedis
from arq.constants import (
    default_queue_name,
    in_progress_key_prefix,
    job_key_prefix,
    result_key_prefix,
)
from arq.jobs import DeserializationError, deserialize_job, deserialize_result

from lesson_code.lab.engines.arq_staged import PlainArqRedis, PlainArqWorker
from lesson_code.lab.engines.arq_words import job_of, says
from lesson_code.lab.engines.arq_workers import options_of
from lesson_code.lab.engines.redis_words import Command, unpack
from lesson_code.lab.record import JobRecord, Run
from lesson_code.lab.stage.baton import WaitsForEver
from lesson_code.lab.stage.director import Died, Director, Endless
from lesson_code.lab.stage.stage import Stage
from lesson_code.lab.stage.stillness import over_async, still
from lesson_code.lab.stage.story import ArqStory, Outcome, call_in_words
from lesson_code.lab.stage.token import Choices
from lesson_code.lab.stage.turns import Actor, Turns, actor

ENDED = {"complete", "complete, failed", "deleted"}
ROUNDS = 3  # times that a new worker comes before we say that nobody will ever help


class ArqPlay:
    """One run of the story with these choices: `run()` returns what is left of it."""

    def __init__(self, story: ArqStory, choices: Choices):
        self.story = story
        self.stage = Stage()
        self.director = Director(choices, self._about, lambda: actor.get().job)
        self.turns = Turns(self.director.wanted)
        self.queue_name = options_of(story.settings).get("queue_name", default_queue_name)
        self.came = 0  # workers
        self.mourned = 0  # workers whose death was noticed
        self.living: list[PlainArqWorker] = []
        self.states: dict[str, str] = {}
        self.tasks: dict[str, str] = {}
        self.results: dict[str, object] = {}

    def run(self) -> Outcome:
        hangs = ""
        self.stage.before_async, self.stage.idle = self._before, self.turns.next
        with still(), self.stage.open(), self.director.sees_effects(lambda: actor.get().worker):
            try:
                self.stage.run_async(self._run())
            except WaitsForEver:
                hangs = "everybody waits for something that never comes"
            except Endless:
                hangs = "it goes on and on"
            self._look()
            effects = Counter(deed.call for deed in self.director.journal)
            effects += self.story.effects(self.stage.behind)
            self.stage.before_async = over_async
        left = {job: state for job, state in self.states.items() if state not in ENDED}
        lost, stays = "has a definition and is in no queue", "stays queued for ever"
        places = {job: lost if state == "lost" else stays for job, state in left.items()}
        return Outcome(self.states, self.tasks, self.results, effects, places, hangs)

    def now(self) -> Run:
        """Return the jobs as Redis knows them now."""
        self._look()
        exists, jobs = self.stage.behind.exists, []
        for job, state in self.states.items():
            now = "in_progress" if exists(in_progress_key_prefix + job) else state
            task = self.tasks[job].partition("(")[0]
            jobs.append(JobRecord(job, task, now, result=self.results.get(job)))
        return Run(tuple(jobs))

    async def _run(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the dead do not tell
        await self.story.enqueue(self._pool())
        await self._work(self.story.workers)
        await self._recover()
        while self.story.requeue and await self._requeue():
            await self._work(1)
            if len(self.director.dead) == self.mourned:
                break
            await self._recover()

    async def _recover(self) -> None:
        """Let others come, each after some time, as long as a worker has died, or time may help."""
        rounds = 0
        while len(self.director.dead) > self.mourned or (self._queue() and rounds < ROUNDS):
            if len(self.director.dead) > self.mourned:
                self.mourned, rounds = len(self.director.dead), 0
            rounds += 1
            self.stage.clock.put_forward(self.story.noticed)
            await self._work(1)

    def _pool(self) -> ArqRedis:
        return PlainArqRedis(self.stage.connections(), default_queue_name=self.queue_name)

    async def _work(self, workers: int) -> None:
        """Let so many new workers work until nothing is queued, or they are dead."""
        names = [f"worker-{self.came + one}" for one in range(1, workers + 1)]
        self.came += workers
        ours = {"redis_settings": None, "burst": True, "handle_signals": False}
        given = {**options_of(self.story.settings), **ours}
        mains = [asyncio.create_task(self._life(name, given)) for name in names]
        ends = await asyncio.gather(*mains, return_exceptions=True)
        self._look()
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(end, Died):
                raise end

    async def _life(self, name: str, given: dict) -> None:
        actor.set(Actor(name))
        worker = PlainArqWorker(redis_pool=self._pool(), **given)
        worker.idle_for = self._idle_for
        worker.enters, worker.leaves = partial(self._enters, name), partial(self._leaves, name)
        main = asyncio.create_task(worker.main())

        def end(dead: str) -> None:
            if dead == name:
                for task in [main, *worker.tasks.values()]:
                    task.cancel()

        self.director.tell.append(end)
        self.living.append(worker)
        try:
            await main
        except (asyncio.CancelledError, Died):
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        finally:
            self.living.remove(worker)

    def _enters(self, worker: str, job_id: str) -> None:
        actor.set(Actor(worker, job_id))
        self.turns.in_a_job.add(actor.get())

    def _leaves(self, worker: str, job_id: str) -> None:
        self.turns.in_a_job.discard(Actor(worker, job_id))

    def _queue(self) -> list[tuple[str, float]]:
        """Return the queued jobs, and when they are due."""
        queued = self.stage.behind.zrange(self.queue_name, 0, -1, withscores=True)
        return [(job_id.decode(), at / 1000) for job_id, at in queued]

    def _idle_for(self) -> float:
        """Return in how many seconds somebody can take a job: 0 while anybody has one.

        A job that a dead worker has is taken when its in-progress key has expired.
        """
        if any(worker.tasks for worker in self.living):
            return 0.0
        now, behind = self.stage.clock.now(), self.stage.behind
        waits = [
            max(due - now, behind.pttl(in_progress_key_prefix + job_id) / 1000)
            for job_id, due in self._queue()
        ]
        return max(0.0, min(waits, default=0.0))

    async def _requeue(self) -> bool:
        """Enqueue all failed jobs once more. Return whether there were any."""
        pool, found = self._pool(), False
        for job_id, state in sorted(self.states.items()):
            raw = self.stage.behind.get(result_key_prefix + job_id)
            if state == "complete, failed" and raw:
                failed, found = deserialize_result(raw), True
                await pool.delete(result_key_prefix + job_id)
                await pool.enqueue_job(
                    failed.function, *failed.args, _job_id=job_id, **failed.kwargs
                )
        return found

    def _look(self) -> None:
        """Note the states and results that there are now: ARQ deletes them in time."""
        behind = self.stage.behind
        queued = {job_id for job_id, _ in self._queue()}
        now = dict.fromkeys(queued, "queued")
        for key in behind.scan_iter(f"{job_key_prefix}*"):
            job_id = key.decode().removeprefix(job_key_prefix)
            now.setdefault(job_id, "lost")
            job = deserialize_job(behind.get(key))
            self.tasks[job_id] = call_in_words(job.function, job.args, job.kwargs)
        for key in behind.scan_iter(f"{result_key_prefix}*"):
            job_id = key.decode().removeprefix(result_key_prefix)
            with suppress(DeserializationError):
                result = deserialize_result(behind.get(key))
                now[job_id] = "complete" if result.success else "complete, failed"
                self.results[job_id] = result.result if result.success else None
                self.tasks[job_id] = call_in_words(result.function, result.args, result.kwargs)
        for job_id, state in self.states.items():
            if state not in ENDED:
                now.setdefault(job_id, "deleted")
        for job_id, state in sorted(now.items()):
            self.tasks.setdefault(job_id, job_id)
            self.states[job_id] = state

    async def _before(self, packed: bytes | list[bytes]) -> None:
        me = actor.get()
        if me.worker:
            commands = unpack(packed)
            await self.turns.my_turn()
            self.director.can_go_on(self.turns.able(me))
            self.director.round_trip(me.worker, commands)

    def _about(self, worker: str, commands: list[Command]) -> tuple[str, str]:
        return actor.get().job or job_of(commands), says(commands)
