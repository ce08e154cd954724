"""Real signals at the same places: `kill -9`, or SIGTERM, to real workers on a real server."""

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

from lesson_code.lab.record import Fate, Step
from lesson_code.lab.server.claim import KEY
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.crashes import changes, fate_of
from lesson_code.lab.stage.futures import stage_for
from lesson_code.lab.stage.real_worker import Crash, Place, Places, named
from lesson_code.lab.stage.remains import Patience, outcome_of, queue_of, remains_of
from lesson_code.lab.stage.story import Outcome, Story
from lesson_code.lab.stage.token import Choices
from lesson_code.lab.stage.verdict import harms

PROJECT = Path(__file__).parents[3]
ENDS = ("0", "-9", "-15")  # exit codes: the last one is a SIGTERM before there is a handler


@dataclass(frozen=True)
class Real:
    """The end of a run on a real server."""

    outcome: Outcome
    first: tuple[Place, ...]  # the steps of the first worker
    hit: bool  # whether the first worker reached the place of its signal


class RealStage:
    """Plays a story, "module:NAME", with real worker processes in this lab; use it with `with`.

    It must be a lab on a real server. A worker is a process that sends itself a signal at a place:
    "KILL" (`kill -9`), or "TERM", as at a deploy. Time passes without waiting: the lives of all
    keys are shortened, and the clocks of the later processes are put forward.
    """

    def __init__(self, story: str, lab: Lab, signal: str = "KILL"):
        if lab.url is None:
            raise ValueError("real worker processes need a real server: take lab.real()")
        self.name, self.story, self.lab, self.signal = story, named(story), lab, signal
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

    def play(self, crash: Crash | None = None) -> Real:
        """Play the story; its first worker gets the signal there. Raises RuntimeError if one fails
        otherwise.
        """
        self.lab.empty()
        self.late, self.came = 0.0, 0
        remains = remains_of(self.story, self.lab.redis)
        patience = Patience(self.story.noticed, remains.waits)
        self._enqueue()
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as diary:
            self._work(crash, diary.name)
            first = _notes(diary.name)
            hit = any("signal" in note for note in first)
            remains.look()
            while (wait := patience.next(int(hit), remains.is_open())) is not None:
                self._let_pass(wait)
                self._work(None, diary.name)
                remains.look()
            notes = _notes(diary.name)
        effects = Counter(note["did"] for note in notes if "did" in note)
        effects += self.story.effects(self.lab.redis)
        steps = tuple(tuple(note["step"]) for note in first if "step" in note)
        return Real(outcome_of(remains, effects), steps, hit)

    def _enqueue(self) -> None:
        if isinstance(self.story, Story):
            given = [self.story.queue(name, self.lab.redis) for name in self.story.given]
            return self.story.enqueue(*given)

        async def enqueue() -> None:
            connections = ConnectionPool.from_url(self.lab.url)
            pool = ArqRedis(connections, default_queue_name=queue_of(self.story))
            await self.story.enqueue(pool)
            await pool.aclose()

        return asyncio.run(enqueue())

    def _work(self, crash: Crash | None, diary: str) -> None:
        """Start a worker and wait for its end."""
        self.came += 1
        asked = {"story": self.name, "url": self.lab.url, "name": f"worker-{self.came}"}
        asked |= {"crash": crash, "signal": self.signal, "late": self.late, "diary": diary}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        code = self.process.stdout.readline().strip()
        if code not in ENDS:
            raise RuntimeError(f"a worker has ended with {code}: {self.process.communicate()[1]}")

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


def crash_at(steps: tuple[Step, ...], at: int) -> Crash:
    """Return how a real worker recognizes this crash: the last change before it, and the step.

    An ARQ worker's loop goes on beside its jobs, so a step of it may be sooner or later than on the
    stage: for such a step only the change counts.
    """
    places = Places()
    known = [places.of(step.command, step.keys) for step in steps[: at + 1]]
    after = max(changes(steps[: at + 1]), default=0) - 1
    of_a_loop = not steps[at].job and any(key.startswith("arq:") for key in steps[at].keys)
    return (known[after] if after >= 0 else None), (None if of_a_loop else known[at][:2])


def real_crashes(
    story: str, lab: Lab, places: list[int] | None = None, signal: str = "KILL"
) -> list[Fate]:
    """Kill a real worker at the places of the story with these numbers (if none: at all places).

    With the signal "TERM", tell it to stop instead. Returns the Fates, as `every_crash` and
    `every_stop` do, each with the steps until the signal.
    """
    played = stage_for(named(story), Choices())
    played.run()
    steps = tuple(played.director.steps)
    fates = []
    with RealStage(story, lab, signal) as stage:
        plain = stage.play()
        for at in range(len(steps)) if places is None else places:
            real = stage.play(crash_at(steps, at))
            if not real.hit:
                raise RuntimeError(f"the real worker never came to step {at}: {steps[at]}")
            choices = Choices((at,)) if signal == "KILL" else Choices(stops=(at,))
            wrong = harms(plain.outcome, real.outcome)
            fates.append(fate_of(choices, steps[: at + 1], wrong))
    return fates
