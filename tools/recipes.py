"""The fate of each recipe at every crash, at every stop and in many orders: make recipes

python -m tools.recipes          writes docs/recipes.md
python -m tools.recipes retry    prints the lines of the recipes with this word in their names
"""

import sys
from collections import Counter
from collections.abc import Callable

from lesson_code.lab.record import Fates
from lesson_code.lab.stage import every_crash, every_order, every_stop
from lesson_code.lab.stage.story import Story
from tests.recipes import ALL, Recipe
from tools import lesson

FILE = lesson.PROJECT / "docs" / "recipes.md"
ORDERS = 40
HEAD = """\
# The recipes, at every crash, at every stop and in many orders

The tests play each recipe of `with_rq` and `with_arq` in three ways:

- **crashes**: a worker crashes at every place at which it changes anything in Redis, or has an
  effect, and other workers take over;
- **stops**: a worker is told to stop (SIGTERM, as at a deploy) right before and right after each of
  these changes, and other workers take over;
- **orders**: the steps of two workers (in ARQ, of two jobs) mix in so many orders.

**Twice** means that a task's effect happened once more than it should. Every queue that runs a job
again can do that, so give each effect a key. **Lost** means that a job never ran, never ended, or
ended in another state. `make recipes` writes this table, and the tests compare it.

"""
COLUMNS = " | ".join(f"{what} | unharmed | twice | lost" for what in ("crashes", "stops", "orders"))
TOP = f"| | | {COLUMNS} |\n{'|---' * 14}|\n"
FOOT = """
- A fallback (or a fan-in) that depends on a *failed* job can stay deferred: RQ first records the
  failure, and then, in a second step, enqueues the dependents that allow it.
  `enqueue_missed_dependents` finds them. A job with `catch_final_failure` finishes, so its
  dependents are not left out.
- A worker on two queues takes a job with BLPOP: a crash or a stop before RQ has registered the job
  loses it. `find_orphaned_jobs` finds it. With one queue, RQ moves the job to the intermediate
  queue; a later maintenance finds it there, and counts a failure. All jobs above have a retry left
  for that; without one, such a job has failed although it never ran.
- ARQ cuts a running job short at SIGTERM and runs it again. `job_completion_wait` prevents that for
  a job that ends within that time.
- "Twice" without a crash is a bug of RQ 2.12: if a dependent is enqueued just while a job's end is
  stored, RQ does not remove the job from the list of started jobs, marks it as failed later, and
  runs it again if a retry is left.
- The table does not count jobs that have finished and that RQ marks as failed later, when its
  maintenance finds them among the started jobs of a crashed worker: none of their work is missing.
  A saga whose worker crashed in a step undoes that step, too, because it may have been done, and
  says so.
"""


def counted(recipe: Recipe, fates: Fates) -> list[int]:
    """Return how many runs there were, and how they ended: unharmed, twice, lost."""
    ends = Counter(recipe.harm(fate) for fate in fates.fates)
    lost = ends.total() - ends["unharmed"] - ends["twice"]
    return [ends.total(), ends["unharmed"], ends["twice"], lost]


def row(recipe: Recipe) -> list[int]:
    workers = 2 if isinstance(recipe.story, Story) else 1
    crashes = every_crash(recipe.story, only_changes=True)
    stops = every_stop(recipe.story, only_changes=True)
    orders = every_order(recipe.story, workers, budget=ORDERS)
    return [number for fates in (crashes, stops, orders) for number in counted(recipe, fates)]


def line(engine: str, recipe: Recipe) -> str:
    """Return the line of the table for a recipe of that engine."""
    return f"| {engine} | {recipe.name} | {' | '.join(map(str, row(recipe)))} |\n"


def table(of: Callable[[str, Recipe], str] = line) -> str:
    """Return the text of the file, with the line `of` each recipe."""
    lines = [of(engine, one) for engine, one in ALL]
    return HEAD + TOP + "".join(lines) + FOOT


if __name__ == "__main__":
    if words := " ".join(sys.argv[1:]):
        print("".join(line(*one) for one in ALL if words in one[1].name), end="")
    else:
        FILE.write_text(table(), encoding="utf-8")
