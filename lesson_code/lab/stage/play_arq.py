"""One run of an ARQ story: the workers, a crash or a stop, then another worker comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial, wraps
from typing import Any

from arq import ArqRedis
from arq.constants import (
    health_check_key_suffix,
    in_progress_key_prefix,
    result_key_prefix,
)
from arq.jobs import DeserializationError, deserialize_result

from lesson_code.lab.engines.arq_staged import PlainArqRedis, PlainArqWorker
from lesson_code.lab.engines.arq_words import job_of, says
from lesson_code.lab.engines.arq_workers import options_of
from lesson_code.lab.engines.fake import Commands
from lesson_code.lab.engines.redis_words import Sent, in_capitals, is_handshake
from lesson_code.lab.record import Step
from lesson_code.lab.stage.baton import WaitsForEver
from lesson_code.lab.stage.counted_calls import counted_if_effect, counting
from lesson_code.lab.stage.director import Died, Endless
from lesson_code.lab.stage.places import Place, ends_without_a_trace, interrupts_nothing
from lesson_code.lab.stage.playing import Playing
from lesson_code.lab.stage.stillness import over_async, still
from lesson_code.lab.stage.story import ArqStory, Outcome
from lesson_code.lab.stage.token import Choices
from lesson_code.lab.stage.turns import Actor, Turns, actor

CALLERS = ("called", "_end")  # they call the tasks, and the workers


class ArqPlay(Playing):
    """One run of the story with these choices: `run()` returns what is left of it."""

    def __init__(self, story: ArqStory, choices: Choices):
        super().__init__(story, choices, self._about, _job_here, lambda worker: self._note)
        self.turns = Turns(self.director.wanted)
        self.living: dict[str, PlainArqWorker] = {}
        self.told: Actor | None = None  # it was at work when a signal came that the loop has to see
        self.director.tell_to_stop = self._tell_to_stop

    def run(self) -> Outcome:
        with self._open():
            return self._end(self._work_all())

    def go_on(self, place: Place, steps: Iterable[Step], stirred: Iterable[bool]) -> Outcome:
        """Continue as `run` does after a crash at this place; see `take_over` for the arguments."""
        with self._open():
            self.take_over(place, steps, stirred)
            return self._end(self._after_a_crash())

    def here(self) -> Place:
        """Return the place at which the run is now."""
        me = actor.get()
        others = [
            task.get_coro()
            for worker in self.living.values()
            for job_id, task in worker.tasks.items()
            if job_id != me.job
        ]
        is_plain = interrupts_nothing(CALLERS) and all(map(ends_without_a_trace, others))
        return self.place(me.worker, len(self.living) == 1, is_plain)

    @contextmanager
    def _open(self) -> Iterator[None]:
        self.stage.before_async, self.stage.idle = self._before, self.turns.next
        sees_effects = self.director.sees_effects(lambda: actor.get().worker)
        with still(), counting(self.story.counts), self.stage.open(), sees_effects:
            yield

    def _end(self, play: Awaitable) -> Outcome:
        hangs = ""
        try:
            self.stage.run_async(play)
        except WaitsForEver:
            hangs = "everybody waits for something that never happens"
        except Endless:
            hangs = "it goes on and on"
        self.remains.look()
        effects = self._effects()
        self.stage.before_async = over_async
        return self._outcome(effects, hangs)

    async def _work_all(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # silent after a crash
        if not self._is_begun():
            with self._begins():
                await self.story.enqueue(self._pool())
        with self._hears():
            await self._work(self.story.workers)
            await self._others_come()

    async def _after_a_crash(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        self.remains.look()
        with self._hears():
            await self._others_come()

    async def _others_come(self) -> None:
        """Play the parts that are left: workers recover; an operator requeues the failed jobs."""
        await self._recover()
        while self.story.requeue and await self._requeue():
            await self._work(1)
            if self.director.gone == self.patience.mourned:
                break
            await self._recover()

    async def _recover(self) -> None:
        """Start other workers, each after a wait, as long as one is gone or time may help."""
        self.patience.begin()
        while (wait := self.patience.next(self.director.gone, self.remains.is_open())) is not None:
            self.stage.clock.put_forward(wait)
            await self._work(1)

    def _pool(self) -> ArqRedis:
        return PlainArqRedis(self.stage.connections(), default_queue_name=self.remains.queue)

    async def _work(self, workers: int) -> None:
        """Start so many new workers; return when nothing is queued, or they have crashed."""
        names = [f"worker-{self.came + one}" for one in range(1, workers + 1)]
        self.came += workers
        ours = {"redis_settings": None, "burst": True}
        given = {**options_of(self.story.settings), **ours}
        mains = [asyncio.create_task(self._life(name, given)) for name in names]
        ends = await asyncio.gather(*mains, return_exceptions=True)
        if len(self.director.steps) - 1 in self.director.choices.crashes:
            self.stage.go_back_to(self.died_at)
        self.remains.look()
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(end, Died):
                raise end

    async def _life(self, name: str, given: dict) -> None:
        actor.set(Actor(name))
        worker = PlainArqWorker(redis_pool=self._pool(), **given)
        for key, known in worker.functions.items():
            worker.functions[key] = replace(known, coroutine=self._called(key, known.coroutine))
        worker.idle_for = self._idle_for
        worker.enters, worker.leaves = partial(self._enters, name), partial(self._leaves, name)
        main = worker.main_task = asyncio.create_task(worker.main())

        def end(dead: str) -> None:
            if dead == name:
                for task in [main, *worker.tasks.values()]:
                    task.cancel()

        self.director.tell.append(end)
        self.living[name] = worker
        try:
            await main
        except (asyncio.CancelledError, Died):
            if name in self.director.stopped:
                await self._close(name, worker)
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        finally:
            del self.living[name]

    async def _close(self, name: str, worker: PlainArqWorker) -> None:
        """Close a worker that was told to stop. An exception ends it at once, as it does in ARQ."""
        try:
            await worker.close()
        except (asyncio.CancelledError, Died):
            self.director.dead.add(name)

    def _tell_to_stop(self, worker: str) -> None:
        """Send SIGTERM to this worker: the loop calls ARQ's handler as soon as no actor goes on."""
        if (handler := self.living[worker].at_sigterm) is None:
            return self.director.dies(worker)
        self.told = actor.get()

        def hear() -> None:
            self.told = None
            handler()

        asyncio.get_running_loop().call_soon(hear)

    def _called(self, name: str, task: Callable[..., Awaitable]) -> Callable[..., Awaitable]:
        """Return the task; the director knows when each of its calls begins and ends."""
        task = counted_if_effect(task, self.story.counts)

        @wraps(task)
        async def called(*args: Any, **kwargs: Any) -> Any:
            me = actor.get()
            with self.director.call(me.worker, me.job):
                self._meets(name, task, args, kwargs)
                return await task(*args, **kwargs)

        return called

    def _enters(self, worker: str, job_id: str) -> None:
        actor.set(Actor(worker, job_id))
        self.turns.in_a_job.add(actor.get())

    def _leaves(self, worker: str, job_id: str) -> None:
        self.turns.in_a_job.discard(Actor(worker, job_id))

    def _idle_for(self) -> float:
        """Return in how many seconds a worker can take a job: 0 while one has a job.

        A crashed worker's job can be taken when its in-progress key has expired.
        """
        if any(worker.tasks for worker in self.living.values()):
            return 0.0
        now, behind = self.stage.clock.now(), self.stage.behind
        waits = [
            max(due - now, behind.pttl(in_progress_key_prefix + job_id) / 1000)
            for job_id, due in self.remains.queued()
        ]
        return max(0.0, min(waits, default=0.0))

    async def _requeue(self) -> bool:
        """Enqueue all failed jobs again. Return whether there were any."""
        pool, found = self._pool(), False
        for job_id, state in sorted(self.remains.states.items()):
            raw = self.stage.behind.get(result_key_prefix + job_id)
            if state == "complete, failed" and raw:
                try:
                    failed = deserialize_result(raw)
                except DeserializationError:  # the operator cannot read it either
                    continue
                found = True
                await pool.delete(result_key_prefix + job_id)
                await pool.enqueue_job(
                    failed.function, *failed.args, _job_id=job_id, **failed.kwargs
                )
        return found

    async def _before(self, commands: Commands) -> bool:
        """Return whether the loop must go on before the answer is there, to see a signal."""
        me = actor.get()
        if me.worker:
            sent = in_capitals(commands)
            if not is_handshake(sent):  # redis-py 5.3 allows no other connection meanwhile
                if me != self.told:  # else it has its turn until it waits
                    await self.turns.my_turn()
                self.director.can_go_on(self.turns.able(me))
            self.director.round_trip(me.worker, sent)
        return me == self.told

    @cached_property
    def _note(self) -> str:
        """Return the key of the health check, which all workers of a queue overwrite."""
        options = options_of(self.story.settings)
        return options.get("health_check_key") or self.remains.queue + health_check_key_suffix

    def _about(self, worker: str, commands: Sent) -> tuple[str, str]:
        return actor.get().job or job_of(commands), says(commands)


def _job_here() -> str:
    return actor.get().job
