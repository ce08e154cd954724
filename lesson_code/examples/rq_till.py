"""The till and the files of orders by RQ: a key set too early, an import that goes on, a sum."""

from functools import partial

from rq import get_current_job

from lesson_code.lab.stage.simulated_crash import crash_first_attempt
from lesson_code.patterns.checkpoints import InRedis, run_steps
from lesson_code.worlds import order_files, till


def pay_key_first(file: str, order: str, cents: int) -> str:
    redis = get_current_job().connection
    if not redis.set(f"charge:{order}", "done", nx=True):
        return "was done before"
    crash_first_attempt("after the key, before the effect")
    return till.pay(file, order, cents)


def import_with_hash(inbox: str, names: list[str], run: str) -> int:
    done = InRedis(get_current_job().connection, run)
    return sum(run_steps(names, partial(order_files.count_orders, inbox), done).values())


def add_up() -> int:
    """Add up what the dependencies returned; those that are gone are left out."""
    parents = get_current_job().fetch_dependencies()
    return sum(parent.return_value() for parent in parents)
