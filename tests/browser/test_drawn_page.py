"""The page of `draw` in a browser: in both themes, on a phone, by mouse and by keyboard."""

import pytest

from lesson_code.lab.page import page as html_of
from lesson_code.lab.pictures.heading import heading
from lesson_code.lab.pictures.sheet import sheet
from lesson_code.lab.record import Run
from tests.browser.test_site import shuts_out
from tests.test_draw import chains, fan, tangle

pytestmark = pytest.mark.browser
RUNS = {"chains": chains, "fan": fan, "tangle": tangle, "nothing": lambda: Run(())}


@pytest.fixture
def opened(chromium, tmp_path):
    """A function that opens the page of a run. The page runs no script and asks for nothing."""
    context = chromium.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))

    def open_page(run: Run):
        file = tmp_path / "jobs.html"
        file.write_text(html_of(sheet(run), heading(run, "redis://x", "Monday")), encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield open_page
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []  # a breach of the page's own policy would be told here
    context.close()


@pytest.mark.parametrize("name", RUNS)
def test_nobody_is_shut_out(opened, name):
    page = opened(RUNS[name]())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert shuts_out(page) == []
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")


def test_a_click_on_a_box_opens_its_details(opened):
    page = opened(fan())
    assert page.locator("dl:visible").count() == 0
    failed = page.locator(".drawing a").nth(1)
    page.mouse.click(*middle(failed.bounding_box()))
    told = page.locator("dl:visible")
    assert told.count() == 1 and "500 failed" in told.inner_text()


def test_a_keyboard_opens_them_from_the_list(opened):
    page = opened(fan())
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert "finished" in page.locator("dl:visible").inner_text()


def middle(box: dict) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
