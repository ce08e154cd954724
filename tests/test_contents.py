"""The contents page: all sections, each with a link; no request to outside, no answer shown."""

import json
import re
from html import unescape

import pytest

from lesson_code.exercises.places import is_searched
from tools import lesson
from tools.contents.__main__ import main
from tools.contents.page import page, plain, sections
from tools.site import page as front

LINKS = re.compile(r'<a href="notebooks/([^"#]+)(?:#cell-id=([^"]+))?">(.*?)</a>')


@pytest.fixture(scope="module")
def html():
    return page("notebooks/")


def words_of(html: str) -> list[list[str]]:
    return json.loads(re.search(r'type="application/json">(.*?)</script>', html)[1])


def test_each_section_has_a_link_and_its_words(html):
    links = LINKS.findall(html)
    assert len(links) == len(words_of(html)) > 250
    assert len({*links}) == len(links)
    for path in lesson.paths():
        cells = {cell.id: cell.source for cell in lesson.read(path).cells}
        mine = [(cell, unescape(text)) for file, cell, text in links if file == path.name]
        assert mine[0][0] == "" and {cell for cell, _ in mine[1:]} <= {*cells}
        for cell, text in mine[1:]:
            heading = re.sub("<[^>]+>", "", text)
            assert heading in cells[cell].replace("`", "")
        searched = [source for cell, source in cells.items() if is_searched(cell)]
        headings = re.findall(r"(?m)^## (\d.*)", "\n".join(searched))
        numbered = [re.sub("<[^>]+>", "", text) for _, text in mine if text[:1].isdigit()]
        assert numbered == [one.replace("`", "") for one in headings]


def test_it_asks_for_nothing_outside(html):
    bare = html.replace(re.search(r'type="application/json">(.*?)</script>', html)[1], "")
    assert not re.search(r"\w+://", bare)
    assert not re.search(r"<(link|img|iframe|script[^>]* src)|@import|url\(|fetch\(", bare)


def test_no_word_ends_its_script_before_its_end(html):
    assert html.count("</script>") == 2


def test_sentences_and_code_are_found_but_no_folded_answer(tmp_path):
    cells = [
        ("title", "markdown", "# Birds\n\nA **crow** is a [bird](crows.md), *not* a `fish`."),
        ("one", "markdown", "## 1. Fly\n<details><summary>Answer</summary>\n\nwings\n</details>"),
        ("code", "code", "fly(**wind)  # <b>"),
        ("quiz", "markdown", "nothing"),
        ("exercise-nest", "markdown", "### Nest"),
        ("two", "markdown", "Higher."),
    ]
    nb = {"cells": [{"id": a, "cell_type": b, "source": c} for a, b, c in cells]}
    path = tmp_path / "07_birds.ipynb"
    path.write_text(json.dumps(nb), encoding="utf-8")
    assert [(one.cell_id, one.heading, one.texts) for one in sections(path)] == [
        ("title", "Birds", ["Birds\n\nA crow is a bird, not a fish."]),
        ("one", "1. Fly", ["1. Fly", "fly(**wind)  # <b>", "Higher."]),
        ("exercise-nest", "Nest", ["Nest"]),
    ]


def test_a_table_becomes_its_words():
    assert plain("| a | b |\n|---|:-:|\n| c | 2 * 3 |") == "| a | b |\n\n| c | 2 * 3 |"


def test_a_copy_that_does_not_exist_is_told():
    with pytest.raises(SystemExit, match="There is no folder nowhere"):
        main(["nowhere"])


def test_the_front_page_leads_to_it():
    assert '<a href="contents.html">' in front.TEMPLATE.read_text(encoding="utf-8")
