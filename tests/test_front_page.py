"""The front page says what is true of its chain, and asks for nothing outside."""

import re

import pytest

from tools import lesson
from tools.site import page


@pytest.fixture(scope="module")
def html():
    return page.page()


def test_what_it_says_about_a_lost_job():
    bare, retried = page.crashed(page.enqueue), page.crashed(page.enqueue_with_retries)
    assert {fate.kind for fate in (*bare.fates, *retried.fates)} == {"unharmed", "lost"}
    assert len(bare.fates) == len(retried.fates) == bare.possible
    for fates, says in (
        (bare, "ends failed instead of finished"),
        (retried, "finished, and then RQ marked it as failed"),
    ):
        assert all(fate.says.endswith(says) for fate in fates.fates if fate.kind == "lost")


def test_each_notebook_has_a_link(html):
    linked = re.findall(r'<li><a href="lab/index.html\?path=notebooks/(.+?)">', html)
    assert linked == [path.name for path in lesson.paths()]


def test_it_is_one_page_without_addresses_outside(html):
    assert set(re.findall(r"\w+://[^/']+", html)) == {"http://www.w3.org"}  # names SVG
    assert len(html) < 60_000
