"""The recipes hold at every death and in many orders, and docs/recipes.md says what they cost."""

import subprocess
import sys

import pytest

from lesson_code.lab.stage import play
from tests.recipes import RECIPES
from tools import lesson
from tools.recipes import FILE

ALL = [(engine, recipe) for engine, recipes in RECIPES.items() for recipe in recipes]


def prepare(folder: str) -> str:
    """Return the table as it would be written today; a process of its own plays the recipes."""
    command = [sys.executable, "-m", "tools.recipes", "--print"]
    told = subprocess.run(command, cwd=lesson.PROJECT, capture_output=True, text=True, check=True)
    return told.stdout


def test_the_table_of_the_recipes_is_true(prepared):
    assert prepared == FILE.read_text(encoding="utf-8"), "make recipes"


def test_nothing_is_lost_but_where_that_is_said():
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in FILE.read_text(encoding="utf-8").splitlines()
        if line.startswith(("| RQ", "| ARQ"))
    ]
    assert len(rows) == len(ALL)
    for (engine, recipe), (name, title, *numbers) in zip(ALL, rows, strict=True):
        places, unharmed, twice, lost, orders, *ends = map(int, numbers)
        assert (name, title) == (engine, recipe.name)
        assert (lost > 0) == recipe.lost and ends[2] == 0
        assert places == unharmed + twice + lost > 10 and orders == sum(ends) >= 20


@pytest.mark.parametrize("recipe", [one for _, one in ALL], ids=lambda one: one.name)
def test_without_a_death_nothing_is_wrong(recipe):
    assert play(recipe.story).kind == "unharmed"
