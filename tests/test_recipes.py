"""The recipes hold at every crash and in many orders, and docs/recipes.md has their costs."""

import pytest

from lesson_code.lab.stage import play
from tests.recipes import RECIPES
from tests.sampling import sampled
from tools.recipes import FILE, line, table

ALL = [(engine, recipe) for engine, recipes in RECIPES.items() for recipe in recipes]


TABLE = FILE.read_text(encoding="utf-8")
LINES = [line for line in TABLE.splitlines(True) if line.startswith(("| RQ", "| ARQ"))]


@pytest.mark.parametrize("at", sampled(range(len(ALL)), 1), ids=lambda at: ALL[at][1].name)
def test_a_line_of_the_table_is_true(at):
    assert line(*ALL[at]) == LINES[at], "make recipes"


def test_what_is_around_the_lines_is_true():
    lines = iter(LINES)
    assert table(lambda *recipe: next(lines)) == TABLE, "make recipes"


def test_nothing_is_lost_but_where_that_is_said():
    rows = [[cell.strip() for cell in line.strip("| \n").split("|")] for line in LINES]
    assert len(rows) == len(ALL)
    for (engine, recipe), (name, title, *numbers) in zip(ALL, rows, strict=True):
        places, unharmed, twice, lost, orders, *ends = map(int, numbers)
        assert (name, title) == (engine, recipe.name)
        assert (lost > 0) == recipe.lost and ends[2] == 0
        assert places == unharmed + twice + lost > 10 and orders == sum(ends) >= 20


@pytest.mark.parametrize("recipe", [one for _, one in ALL], ids=lambda one: one.name)
def test_without_a_death_nothing_is_wrong(recipe):
    assert play(recipe.story).kind == "unharmed"
