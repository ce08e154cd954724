"""The recipes hold at every crash, stop and order, and docs/recipes.md has their costs."""

import pytest

from lesson_code.lab.stage import play
from tests.recipes import ALL
from tests.sampling import sampled
from tools.recipes import FILE, line, table

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
        counts = [*map(int, numbers)]
        crashes, stops, orders = counts[:4], counts[4:8], counts[8:]
        assert (name, title) == (engine, recipe.name)
        assert [crashes[3] > 0, stops[3] > 0, orders[3]] == [recipe.lost, recipe.lost_at_stop, 0]
        assert 10 < crashes[0] < stops[0] and orders[0] >= 20
        assert all(places == sum(ends) for places, *ends in (crashes, stops, orders))


@pytest.mark.parametrize("recipe", [one for _, one in ALL], ids=lambda one: one.name)
def test_without_a_death_nothing_is_wrong(recipe):
    assert play(recipe.story).kind == "unharmed"
