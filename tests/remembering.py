"""Tasks that remember data outside of Redis, and tasks that depend on chance or the clock."""

import itertools
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import gettempdir

from redis import Redis
from rq import Queue, get_current_job

from lesson_code.lab.stage import Story
from lesson_code.worlds.accidents import task

FILE = Path(gettempdir()) / f"remembering-{os.getpid()}"
calls: list[str] = []
numbers = itertools.count()
local = threading.local()


class Shop:
    """A class that counts its customers."""

    customers = 0


@task
def happens() -> None:
    """Have an effect."""


def redis() -> Redis:
    return get_current_job().connection


def in_a_list() -> None:
    redis().get("before")
    calls.append("once")
    redis().get("after")
    if len(calls) == 2:
        happens()


def in_a_class() -> None:
    Shop.customers += 1
    redis().get("after")
    if Shop.customers == 2:
        happens()


def in_itself() -> None:
    in_itself.times = getattr(in_itself, "times", 0) + 1
    redis().get("after")
    if in_itself.times == 2:
        happens()


def in_a_default(seen: list = []) -> None:  # noqa: B006
    seen.append("once")
    redis().get("after")
    if len(seen) == 2:
        happens()


def in_an_iterator() -> None:
    if next(numbers) == 1:
        happens()
    redis().get("after")


def in_a_thread_of_its_own() -> None:
    local.times = vars(local).get("times", 0) + 1
    redis().get("after")
    if local.times == 2:
        happens()


@lru_cache
def known(number: int) -> int:
    return number


def in_a_cache() -> None:
    before = known.cache_info().hits
    known(1)
    redis().get("after")
    if before == 1:
        happens()


def in_a_file() -> None:
    with FILE.open("a") as file:
        file.write("x")
    redis().get("after")
    if len(FILE.read_text()) == 2:
        happens()


def in_the_environment() -> None:
    os.environ["REMEMBERING"] = os.environ.get("REMEMBERING", "") + "x"
    redis().get("after")
    if os.environ["REMEMBERING"] == "xx":
        happens()


def when_it_dies() -> None:
    try:
        redis().get("after")
    except BaseException:
        calls.append("died")
        raise
    if calls:
        happens()


def by_luck() -> None:
    redis().set(f"id:{uuid.uuid4()}", "x")
    if random.random() < 0.6:
        happens()
    redis().get("after")
    if uuid.uuid4().int % 2:
        happens()


def by_the_clock() -> None:
    redis().get("before")
    if int(time.time() * 10_000) % 2:
        happens()
    redis().set("seen", time.time())


REMEMBERING = (
    *(in_a_list, in_a_class, in_itself, in_a_default, in_an_iterator, in_a_thread_of_its_own),
    *(in_a_cache, in_a_file, in_the_environment),
)
LIVING_BY = (by_luck, by_the_clock, when_it_dies)


def forget() -> None:
    """Reset everything that the tasks remember, as in a new worker process."""
    global numbers
    calls.clear()
    Shop.customers = 0
    vars(in_itself).pop("times", None)
    in_a_default.__defaults__[0].clear()
    numbers = itertools.count()
    vars(local).clear()
    known.cache_clear()
    FILE.unlink(missing_ok=True)
    os.environ.pop("REMEMBERING", None)


def keys(redis: Redis) -> Counter:
    return Counter(key.decode()[:3] for key in redis.scan_iter("id:*"))


def story_of(task: Callable) -> Story:
    """Return a story of two jobs that call the task. It begins with nothing remembered."""

    def enqueue(queue: Queue) -> None:
        forget()
        for name in "ab":
            queue.enqueue(task, job_id=name)

    return Story(enqueue, effects=keys)
