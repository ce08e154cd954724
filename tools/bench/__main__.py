"""Measure: python -m tools.bench [--exercises all|IDS] [short|all|PART …]

The parts are crashes, recipes, orders, checks, notebook, helpers, and suite. The suite takes half
an hour: only `all`, `short` or its name runs it. All but the helpers are compared with an earlier
commit. Exits with 1 if a figure is over its bar, or a verdict differs. `short` is for CI: each part
once, with few cases; it fails only on an error, or on a verdict that differs.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext

from lesson_code.exercises.exercise import UnknownExercise, exercises, find
from tools.bench import checks, helpers, notebook, search, suite
from tools.bench.figures import Figure, failed
from tools.bench.in_turn import Broken
from tools.bench.trees import COMMIT, NoCommit, Setting, checked_out, compiled
from tools.lesson import PROJECT

PARTS: dict[str, Callable[[Setting], Iterator[Figure]]] = {
    "crashes": search.crashes,
    "recipes": search.recipes,
    "orders": search.orders,
    "checks": checks.figures,
    "notebook": notebook.figures,
    "helpers": helpers.figures,
    "suite": suite.figures,
}


def chosen(words: list[str]) -> tuple[list[str], bool]:
    """Return the parts that these words name, in order, and whether it is the short form.

    Raises SystemExit for an unknown word.
    """
    if unknown := {*words} - {*PARTS, "short", "all"}:
        names = ", ".join(["short", "all", *PARTS])
        sys.exit(f"{', '.join(sorted(unknown))}: unknown; there are {names}.")
    short, named = "short" in words, [part for part in PARTS if part in words]
    every = [*PARTS] if short or "all" in words else [part for part in PARTS if part != "suite"]
    return named or every, short


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser("python -m tools.bench", description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--exercises", default="")
    given = parser.parse_args(arguments)
    parts, short = chosen(given.words)
    names = [*exercises()] if given.exercises == "all" else given.exercises.split()
    measured: list[Figure] = []
    try:
        ids = tuple(find(name).id for name in names)
        with nullcontext(PROJECT) if parts == ["helpers"] else checked_out() as then:
            setting = Setting(then, short=short, exercises=ids)
            compiled(setting.then, setting.now)
            rounds = f"{setting.rounds} round{'s' * (setting.rounds > 1)}"
            print(f"Beside {COMMIT}, in turn: processor time, median of {rounds}", flush=True)
            for part in parts:
                print(f"{part}:", flush=True)
                for figure in PARTS[part](setting):
                    print(figure, flush=True)
                    measured.append(figure)
    except (UnknownExercise, NoCommit, Broken) as error:
        sys.exit(str(error))
    if missed := failed(measured, short):
        sys.exit(f"{len(missed)} figures do not hold: {'; '.join(one.what for one in missed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
