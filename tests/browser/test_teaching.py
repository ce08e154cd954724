"""Slides and handout in Chromium: nothing is fetched, the keys work, the speaker has notes."""

import re

import pytest

from tests.browser.jupyter import SHOTS
from tools import lesson
from tools.teaching import handout
from tools.teaching.plans import plans, title_of

SMALLEST = 12  # px


@pytest.fixture
def projector(chromium):
    """A page as a projector shows it, and what it has asked for."""
    page = chromium.new_page(viewport={"width": 1366, "height": 768})
    asked, errors = [], []
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(error))
    yield page, asked
    page.close()
    assert errors == []


def leaving(asked: list[str]) -> list[str]:
    return [url for url in asked if not url.startswith(("file:", "data:", "about:", "blob:"))]


@pytest.mark.browser
@pytest.mark.parametrize("letter", plans())
def test_the_slides_of_each_plan(projector, letter, tmp_path):
    from tools.teaching import slides

    page, asked = projector
    rows = plans()[letter]
    file = tmp_path / "slides.html"
    file.write_text(slides.deck(title_of(letter), rows), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_function("Reveal.isReady()")
    words = page.locator(".slides").text_content()
    assert words.count("Break") >= sum(row.is_break for row in rows)
    for one in (one for row in rows for one in row.exercises):
        assert one.title in words
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 1
    page.screenshot(path=SHOTS / f"slides_{letter}.png")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    notes = opened.value
    notes.wait_for_function("document.querySelector('.speaker-controls-notes .value').innerText")
    first = re.sub(r"\[(.+?)\]\(.+?\)", r"\1", rows[0].ask).replace("`", "")
    assert first in notes.inner_text(".speaker-controls-notes")
    smallest = page.evaluate("""Math.min(...[...document.querySelectorAll('.slides *')]
      .filter(one => [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
      .map(one => parseFloat(getComputedStyle(one).fontSize)))""")
    assert smallest >= SMALLEST
    assert leaving(asked) == []


@pytest.mark.browser
def test_the_handout_as_a_page_and_on_paper(chromium, projector, tmp_path):
    page, asked = projector
    file = tmp_path / "handout.html"
    file.write_text(handout.handout(lesson.paths()), encoding="utf-8")
    page.goto(file.as_uri())
    page.screenshot(path=SHOTS / "handout.png")
    broken = "[...document.images].filter(one => !one.naturalWidth).length"
    assert page.evaluate(broken) == 0 and page.locator("img").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert leaving(asked) == []
    pdf = handout.print_pdf(chromium, file).read_bytes()
    assert pdf.startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b", pdf)) > len(lesson.paths())
