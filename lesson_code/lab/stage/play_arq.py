"""One run of an ARQ story: the workers, a death, then time passes and another worker comes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial, wraps
from typing import Any

from arq import ArqRedis
from arq.constants import in_progress_key_prefix, result_key_prefix
from arq.jobs import deserialize_result

from lesson_code.lab.engines.arq_staged import PlainArqRedis, PlainArqWorker
from lesson_code.lab.engines.arq_words import job_of, says
from lesson_code.lab.engines.arq_workers import options_of
from lesson_code.lab.engines.redis_words import Command, is_handshake, unpack
from lesson_code.lab.stage.baton import WaitsForEver
from lesson_code.lab.stage.director import Died, Director, Endless
from lesson_code.lab.stage.remains import Patience, outcome_of, remains_of
from lesson_code.lab.stage.stage import Stage
from lesson_code.lab.stage.stillness import over_async, still
from lesson_code.lab.stage.story import ArqStory, Outcome
from lesson_code.lab.stage.token import Choices
from lesson_code.lab.stage.turns import Actor, Turns, actor


class ArqPlay:
    """One run of the story with these choices: `run()` returns what is left of it."""

    def __init__(self, story: ArqStory, choices: Choices):
        self.story = story
        self.stage = Stage()
        self.director = Director(choices, self._about, lambda: actor.get().job)
        self.turns = Turns(self.director.wanted)
        self.came = 0  # workers
        self.remains = remains_of(story, self.stage.behind)
        self.patience = Patience(story.noticed, self.remains.waits)
        self.living: list[PlainArqWorker] = []

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
            self.remains.look()
            effects = Counter(deed.call for deed in self.director.journal)
            effects += self.story.effects(self.stage.behind)
            self.stage.before_async = over_async
        return outcome_of(self.remains, effects, hangs)

    async def _run(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the dead do not tell
        await self.story.enqueue(self._pool())
        await self._work(self.story.workers)
        await self._recover()
        while self.story.requeue and await self._requeue():
            await self._work(1)
            if len(self.director.dead) == self.patience.mourned:
                break
            await self._recover()

    async def _recover(self) -> None:
        """Let others come, each after some time, as long as a worker has died, or time may help."""
        self.patience.begin()
        dead = self.director.dead
        while (wait := self.patience.next(len(dead), self.remains.is_open())) is not None:
            self.stage.clock.put_forward(wait)
            await self._work(1)

    def _pool(self) -> ArqRedis:
        (name,) = self.remains.queues
        return PlainArqRedis(self.stage.connections(), default_queue_name=name)

    async def _work(self, workers: int) -> None:
        """Let so many new workers work until nothing is queued, or they are dead."""
        names = [f"worker-{self.came + one}" for one in range(1, workers + 1)]
        self.came += workers
        ours = {"redis_settings": None, "burst": True, "handle_signals": False}
        given = {**options_of(self.story.settings), **ours}
        mains = [asyncio.create_task(self._life(name, given)) for name in names]
        ends = await asyncio.gather(*mains, return_exceptions=True)
        self.remains.look()
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(end, Died):
                raise end

    async def _life(self, name: str, given: dict) -> None:
        actor.set(Actor(name))
        worker = PlainArqWorker(redis_pool=self._pool(), **given)
        for key, known in worker.functions.items():
            worker.functions[key] = replace(known, coroutine=self._called(known.coroutine))
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

    def _called(self, task: Callable[..., Awaitable]) -> Callable[..., Awaitable]:
        """Return the task, of whose calls the director knows when they begin and end."""

        @wraps(task)
        async def called(*args: Any, **kwargs: Any) -> Any:
            me = actor.get()
            with self.director.call(me.worker, me.job):
                return await task(*args, **kwargs)

        return called

    def _enters(self, worker: str, job_id: str) -> None:
        actor.set(Actor(worker, job_id))
        self.turns.in_a_job.add(actor.get())

    def _leaves(self, worker: str, job_id: str) -> None:
        self.turns.in_a_job.discard(Actor(worker, job_id))

    def _idle_for(self) -> float:
        """Return in how many seconds somebody can take a job: 0 while anybody has one.

        A job that a dead worker has is taken when its in-progress key has expired.
        """
        if any(worker.tasks for worker in self.living):
            return 0.0
        now, behind = self.stage.clock.now(), self.stage.behind
        waits = [
            max(due - now, behind.pttl(in_progress_key_prefix + job_id) / 1000)
            for job_id, due in self.remains.queued()
        ]
        return max(0.0, min(waits, default=0.0))

    async def _requeue(self) -> bool:
        """Enqueue all failed jobs once more. Return whether there were any."""
        pool, found = self._pool(), False
        for job_id, state in sorted(self.remains.states.items()):
            raw = self.stage.behind.get(result_key_prefix + job_id)
            if state == "complete, failed" and raw:
                failed, found = deserialize_result(raw), True
                await pool.delete(result_key_prefix + job_id)
                await pool.enqueue_job(
                    failed.function, *failed.args, _job_id=job_id, **failed.kwargs
                )
        return found

    async def _before(self, packed: bytes | list[bytes]) -> None:
        me = actor.get()
        if me.worker:
            commands = unpack(packed)
            if not is_handshake(commands):  # redis-py 5.3 lets nobody else connect meanwhile
                await self.turns.my_turn()
                self.director.can_go_on(self.turns.able(me))
            self.director.round_trip(me.worker, commands)

    def _about(self, worker: str, commands: list[Command]) -> tuple[str, str]:
        return actor.get().job or job_of(commands), says(commands)
