"""The same deaths, but real: `kill -9` to real worker processes on a real server."""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from arq import ArqRedis
from redis.asyncio import ConnectionPool
from rq import Queue

from lesson_code.lab.record import Fate, Step
from lesson_code.lab.server.claim import KEY
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.deaths import changes, death_in_words, stage_for, told_fate
from lesson_code.lab.stage.real_worker import Death, Place, Places, named
from lesson_code.lab.stage.remains import Patience, outcome_of, remains_of
from lesson_code.lab.stage.story import Outcome, Story
from lesson_code.lab.stage.token import Choices
from lesson_code.lab.stage.verdict import harms

PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Real:
    """What became of a run on a real server."""

    outcome: Outcome
    first: tuple[Place, ...]  # the steps of the first worker
    killed: bool  # whether the first worker came to where it was to be killed


class RealStage:
    """Plays a story, "module:NAME", with real worker processes in this lab; use it with `with`.

    It has to be a lab on a real server. A worker is a process that kills itself at a place, by
    SIGKILL. Time passes without waiting: the lives of all keys are shortened, and the clocks of
    the processes that come are put forward.
    """

    def __init__(self, story: str, lab: Lab):
        if lab.url is None:
            raise ValueError("real worker processes need a real server: take lab.real()")
        self.name, self.story, self.lab = story, named(story), lab
        if self.story.requeue or getattr(self.story, "repair", None):
            raise ValueError("no operator comes here: requeue and repair are for the stage")

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lesson_code.lab.stage.real_worker"],
            cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate()

    def play(self, death: Death | None = None) -> Real:
        """Let the first worker die this death. Raises RuntimeError if one fails otherwise."""
        self.lab.empty()
        self.late, self.came = 0.0, 0
        remains = remains_of(self.story, self.lab.redis)
        patience = Patience(self.story.noticed, remains.waits)
        self._enqueue(remains.queues)
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as diary:
            killed = self._work(death, diary.name)
            first = _notes(diary.name)
            remains.look()
            while (wait := patience.next(int(killed), remains.is_open())) is not None:
                self._let_pass(wait)
                self._work(None, diary.name)
                remains.look()
            notes = _notes(diary.name)
        effects = Counter(note["did"] for note in notes if "did" in note)
        effects += self.story.effects(self.lab.redis)
        steps = tuple(tuple(note["step"]) for note in first if "step" in note)
        return Real(outcome_of(remains, effects), steps, killed)

    def _enqueue(self, queues: list[str]) -> None:
        if isinstance(self.story, Story):
            return self.story.enqueue(*(Queue(one, connection=self.lab.redis) for one in queues))

        async def enqueue() -> None:
            connections = ConnectionPool.from_url(self.lab.url)
            pool = ArqRedis(connections, default_queue_name=queues[0])
            await self.story.enqueue(pool)
            await pool.aclose()

        return asyncio.run(enqueue())

    def _work(self, death: Death | None, diary: str) -> bool:
        """Let a worker live; return whether it has died its death."""
        self.came += 1
        asked = {"story": self.name, "url": self.lab.url, "name": f"worker-{self.came}"}
        asked |= {"death": death, "late": self.late, "diary": diary}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        code = self.process.stdout.readline().strip()
        if code not in ("0", "-9"):
            raise RuntimeError(f"a worker has ended with {code}: {self.process.communicate()[1]}")
        return code == "-9"

    def _let_pass(self, seconds: float) -> None:
        """Shorten the life of each key by so much."""
        self.late += seconds
        redis = self.lab.redis
        for key in redis.scan_iter():
            left = redis.pttl(key)
            if left > 0 and key != KEY.encode():
                redis.pexpire(key, max(1, left - int(seconds * 1000)))


def _notes(diary: str) -> list[dict]:
    return [json.loads(line) for line in Path(diary).read_text().splitlines()]


def death_at(steps: tuple[Step, ...], at: int) -> Death:
    """Return what a real worker knows this death by: the last change before it, and the step.

    An ARQ worker's loop goes on beside its jobs, and so a step of it may come sooner or later
    than on the stage: there the change alone is what counts.
    """
    places = Places()
    known = [places.of(step.command, step.keys) for step in steps[: at + 1]]
    after = max(changes(steps[: at + 1]), default=0) - 1
    of_a_loop = not steps[at].job and any(key.startswith("arq:") for key in steps[at].keys)
    return (known[after] if after >= 0 else None), (None if of_a_loop else known[at][:2])


def real_deaths(story: str, lab: Lab, places: list[int] | None = None) -> list[Fate]:
    """Kill a real worker at the places of the story that the stage numbers so (if none: at all).

    Returns the Fates, as `every_death` does, each with the steps until the death.
    """
    played = stage_for(named(story), Choices())
    played.run()
    steps = tuple(played.director.steps)
    fates = []
    with RealStage(story, lab) as stage:
        plain = stage.play()
        for at in range(len(steps)) if places is None else places:
            real = stage.play(death_at(steps, at))
            if not real.killed:
                raise RuntimeError(f"the real worker never came to step {at}: {steps[at]}")
            where, wrong = death_in_words(steps, at), harms(plain.outcome, real.outcome)
            fates.append(told_fate(f"d{at}", steps[: at + 1], (at,), where, wrong))
    return fates
