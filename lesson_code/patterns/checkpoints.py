"""Checkpoints: each step's result is stored at once, and a new start continues after it."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from redis import Redis

from .keep import KEEP
from .once import transaction
from .tasks import completed


class Checkpoints(Protocol):
    """The results of one run, by the names of its steps. They have to fit into JSON."""

    def load(self) -> dict[str, Any]: ...

    def save(self, step: str, result: Any) -> None: ...


def run_steps(steps: Iterable[str], work: Callable, done: Checkpoints) -> dict:
    """Call `work(step)` for each step that is not in `done`. Return all results.

    Raises what `work` raises; the results until then are stored.
    """
    results = done.load()
    for step in steps:
        if step not in results:
            results[step] = completed(work(step))
            done.save(step, results[step])
    return results


class InRedis:
    """Checkpoints in a hash; it expires KEEP seconds after the last one."""

    def __init__(self, redis: Redis, run: str):
        self.redis, self.key = redis, f"checkpoints:{run}"

    def load(self) -> dict[str, Any]:
        stored = self.redis.hgetall(self.key).items()
        return {step.decode(): json.loads(result) for step, result in stored}

    def save(self, step: str, result: Any) -> None:
        with self.redis.pipeline() as both:
            both.hset(self.key, step, json.dumps(result))
            both.expire(self.key, KEEP)
            both.execute()


class InDatabase:
    """Checkpoints in a table of SQLite; they stay until you delete them."""

    def __init__(self, file: str, run: str):
        self.file, self.run = file, run
        with transaction(file) as db:
            columns = "run, step, result, UNIQUE (run, step)"
            db.execute(f"CREATE TABLE IF NOT EXISTS steps ({columns})")

    def load(self) -> dict[str, Any]:
        with transaction(self.file) as db:
            query = "SELECT step, result FROM steps WHERE run = ?"
            return {step: json.loads(r) for step, r in db.execute(query, [self.run])}

    def save(self, step: str, result: Any) -> None:
        with transaction(self.file) as db:
            row = [self.run, step, json.dumps(result)]
            db.execute("INSERT OR REPLACE INTO steps VALUES (?, ?, ?)", row)
