"""Measured: every crash or every order of some stories, in the tree that PYTHONPATH names.

Its argument is JSON: "kind" ("crashes", "orders"), "names" (of stories, or of recipes; none: all
recipes), "recipes" (whether they are recipes), "budget" (0: that of the function).
"""

import json
import os
import re
import sys
from pathlib import Path

import lesson_code
from lesson_code.lab.stage import every_order
from tests import stories
from tests.recipes import RECIPES

try:
    from lesson_code.lab.stage import every_crash
except ImportError:  # in the other tree
    from lesson_code.lab.stage import every_death as every_crash

SINCE_THEN = {  # a helper in the name of a recipe -> its present name
    "attempt": "catch_final_failure",
    "or_else": "fallback_if_failed",
    "wake": "enqueue_missed_dependents",
    "enqueue_fan_in": "enqueue_tree_fan_in",
    "with_finished_parents": "pass_available_results",
    "enqueue_parts": "enqueue_chord",
    "step": "chained",
    "close_part": "complete_part",
    "look_at_all": "collect_or_retry",
}


def spent() -> float:
    """Return the processor time (s) of this process and of all that it has waited for."""
    return sum(os.times()[:4])


def renamed(helper: re.Match) -> str:
    return f"`{SINCE_THEN.get(helper[1], helper[1])}`"


def all_recipes() -> dict:
    """Return the story of each recipe by a unique name: two may be called "the same, …"."""
    known: dict = {}
    for engine, some in RECIPES.items():
        for one in some:
            name = f"{engine} {re.sub('`([a-z_]+)`', renamed, one.name)}"
            known[f"{name}, again" if name in known else name] = one.story
    assert len(known) == sum(map(len, RECIPES.values())), "two recipes have the same name"
    return known


def main(kind: str, names: list[str], recipes: bool, budget: int) -> None:
    known = all_recipes() if recipes else {name: getattr(stories, name) for name in names}
    search = {"crashes": every_crash, "orders": every_order}[kind]
    for story in (stories.ONE_FAN_IN, stories.COUNTDOWN):
        search(story, budget=1)  # imports and caches that are needed only once
    cases = {}
    for name, story in known.items():
        if not names or name in names:
            before = spent()
            found = search(story, **({"budget": budget} if budget else {}))
            seconds = spent() - before
            told = [(fate.token, fate.kind) for fate in found.fates]
            cases[name] = {"seconds": seconds, "verdicts": told}
    tree = str(Path(lesson_code.__file__).parents[1])
    print(json.dumps({"tree": tree, "cases": cases, "spent": spent()}))


main(**json.loads(sys.argv[1]))
