"""Real workers that get a signal at a place: python -m lesson_code.lab.stage.real_worker

For each line of JSON on its input it forks a worker, so that no worker has to import the libraries
again. When the worker has ended, it writes a line with the exit code. It ends with its input.
"""

import asyncio
import contextlib
import importlib
import json
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from unittest.mock import patch

import redis.asyncio
import redis.connection
from arq import ArqRedis, Worker
from redis import Redis
from rq import SimpleWorker
from rq.exceptions import StopRequested

from lesson_code.lab.engines.arq_workers import options_of
from lesson_code.lab.engines.redis_words import in_words, is_handshake, touched, unpack
from lesson_code.lab.stage.clock import Clock
from lesson_code.lab.stage.counted_calls import counted_if_effect, counting
from lesson_code.lab.stage.made_up import MADE
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.worlds import accidents

LISTENS = {"SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE"}  # RQ's worker, in a thread
LATE = 0.001  # seconds, after a signal
really = time.time, time.monotonic, time.sleep

Place = tuple[str, str, int]  # a step: its command and keys, and how many equal ones came before
# At the first step that is like the second item (None: any), after the first item (if any).
Crash = tuple[Place | None, tuple[str, str] | None]


def named(story: str) -> Story | ArqStory:
    """Return the story "module:NAME"."""
    module, _, name = story.partition(":")
    return getattr(importlib.import_module(module), name)


class Places:
    """Numbers the places of steps: it counts how many equal steps came before."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()

    def of(self, command: str, keys: tuple[str, ...]) -> Place:
        names = MADE.sub("id", " ".join(keys))
        self.seen[command, names] += 1
        return command, names, self.seen[command, names] - 1


class LateClock(Clock):
    """The real time, put forward."""

    def __init__(self, late: float):
        super().__init__()
        self.late = late

    def now(self) -> float:
        return really[0]() + self.late

    def tick(self) -> float:
        return really[1]() + self.late

    def sleep(self, seconds: float) -> None:
        really[2](seconds)


class Life:
    """A worker's life: it notes its steps, and sends itself a signal at a place.

    The signal is "KILL" or "TERM".
    """

    def __init__(self, diary: str, crash: Crash | None, signal: str):
        self.diary = os.open(diary, os.O_WRONLY | os.O_APPEND)
        self.is_to_come = crash is not None
        self.after, self.like = crash or (None, None)
        self.signal = signal
        self.places = Places()

    def tell(self, **what) -> None:
        os.write(self.diary, json.dumps(what).encode() + b"\n")

    def step(self, command: str, keys: tuple[str, ...] = ()) -> None:
        """Send the signal here, or just go on."""
        place = self.places.of(command, keys)
        if self.is_to_come and self.after is None and self.like in (None, place[:2]):
            import signal  # only here: a notebook in a browser imports this module, too

            self.is_to_come = False
            self.tell(signal=self.signal)
            os.kill(os.getpid(), getattr(signal, f"SIG{self.signal}"))
        if place == self.after:
            self.after = None
        self.tell(step=place)

    def round_trip(self, packed: bytes | list[bytes]) -> None:
        commands = unpack(packed)
        if not is_handshake(commands) and commands[0][0] not in LISTENS:
            self.step(in_words(commands), touched(commands))

    def watched(self, connection: type) -> type:
        """Return a class of connections whose round trips are steps."""
        life = self

        class Watched(connection):
            def send_packed_command(self, command, *args, **kwargs):
                was_to_come = life.is_to_come
                life.round_trip(command)
                sent = super().send_packed_command(command, *args, **kwargs)  # or its coroutine
                return late(self, sent) if was_to_come and not life.is_to_come and sent else sent

        return Watched


async def late(connection: redis.asyncio.Connection, sent: Awaitable[None]) -> None:
    """Send a command; its answer is late, so that the event loop sees a signal first."""
    await sent
    try:
        await asyncio.sleep(LATE)
    except BaseException:  # as redis-py does while it waits for an answer
        await connection.disconnect(nowait=True)
        raise


def live(
    story: str, url: str, name: str, crash: list | None, signal: str, late: float, diary: str
) -> None:
    """Work on the Redis at this URL until nothing is left to do, or until told to stop."""
    life = Life(diary, crash and tuple(one and tuple(one) for one in crash), signal)

    class Tried(list):
        def append(self, deed) -> None:
            life.step(deed.call)

    class Done(list):
        def append(self, deed) -> None:
            life.tell(did=deed.call)

    logging.disable(logging.CRITICAL)
    played = named(story)
    with (
        LateClock(late).instead_of_time(),
        patch.object(accidents, "tried", Tried()),
        patch.object(accidents, "journal", Done()),
        counting(played.counts),
    ):
        if isinstance(played, Story):
            client = Redis(connection_pool=pool_of(url, life))
            names = played.served(Redis.from_url(url))
            queues = [played.queue(queue, client) for queue in names]
            worker = SimpleWorker(queues, name=name, connection=client, **played.options)
            with contextlib.suppress(StopRequested):  # of a signal while it signs off
                worker.work(burst=True)
        else:
            asyncio.run(live_async(played, url, life))


async def live_async(story: ArqStory, url: str, life: Life) -> None:
    ours = {"redis_settings": None, "burst": True, "poll_delay": 0.01}
    given = {**options_of(story.settings), **ours}
    pool = ArqRedis(pool_of(url, life, redis.asyncio.connection))
    worker = Worker(redis_pool=pool, **given)
    for key, known in worker.functions.items():
        counted = counted_if_effect(known.coroutine, story.counts)
        worker.functions[key] = replace(known, coroutine=counted)
    worker.main_task = asyncio.create_task(worker.main())
    try:
        await worker.main_task
    except asyncio.CancelledError:  # by ARQ's handler
        try:
            await worker.close()
        except asyncio.CancelledError:
            os._exit(0)  # ARQ's process leaves its loop, too, without waiting for its jobs


def pool_of(url: str, life: Life, redis=redis.connection):
    """Return connections to this URL whose round trips are steps of this life.

    With redis.asyncio.connection they are for asyncio.
    """
    options = redis.parse_url(url)
    connection = options.pop("connection_class", redis.Connection)
    return redis.ConnectionPool(connection_class=life.watched(connection), **options)


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        if not (child := os.fork()):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a task may print
            try:
                live(**json.loads(line))
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
