"""Best practices in RQ: tasks that survive a second run, and what to watch."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from rq import Queue, get_current_job

from lesson_code.patterns.checkpoints import InRedis, run_steps
from lesson_code.worlds import till as shop
from lesson_code.worlds import weather


class WorkerDied(Exception):
    """Plays a power cut: the worker is gone before RQ hears of the job's end."""


def die_at_first(where: str) -> None:
    """Raise WorkerDied as long as the running job has a retry left."""
    if get_current_job().retries_left:
        raise WorkerDied(where)


def dying_after(task: Callable, *args: Any) -> Any:
    result = task(*args)
    die_at_first("after the effect, before RQ was told")
    return result


def pay_key_first(file: str, order: str, cents: int) -> str:
    redis = get_current_job().connection
    if not redis.set(f"charge:{order}", "done", nx=True):
        return "was done before"
    die_at_first("after the key, before the effect")
    return shop.pay(file, order, cents)


def import_with_hash(inbox: str, names: list[str], run: str) -> int:
    done = InRedis(get_current_job().connection, run)
    return sum(run_steps(names, partial(shop.count_orders, inbox), done).values())


def add_up() -> int:
    """Add up what the dependencies returned; those that are gone are left out."""
    parents = get_current_job().fetch_dependencies()
    return sum(parent.return_value() for parent in parents)


def weather_by_name(name: str) -> dict[str, dict]:
    """Take the name of the data, not the data."""
    return weather.process(weather.extract(name))


def health(queue: Queue, now: datetime) -> dict[str, int]:
    """Count what is in `queue`, and how long its next job has waited."""
    ids = queue.get_job_ids()
    waited = now - queue.fetch_job(ids[0]).enqueued_at if ids else None
    return {
        "waiting": len(ids),
        "minutes waited": round(waited.total_seconds() / 60) if waited else 0,
        "failed": queue.failed_job_registry.count,
        "deferred": queue.deferred_job_registry.count,
    }
