"""The contents page in a browser: a word is typed, and a link is followed into JupyterLab."""

import pytest

from tests.browser.jupyter import SHOTS, TOKEN
from tests.browser.test_site import shuts_out
from tools.contents.page import page as contents

pytestmark = pytest.mark.browser


def test_a_word_leads_into_its_notebook_by_keyboard_alone(chromium, lab):
    page = chromium.new_page(viewport={"width": 1100, "height": 900})
    page.goto(f"{lab}/files/my_notebooks/contents.html?token={TOKEN}")
    every = page.locator("main a:visible").count()
    page.keyboard.press("/")
    page.keyboard.type("Allow_failure  dependent")
    found = page.locator("main li a:visible")
    assert 0 < found.count() < every / 10
    assert page.locator("#said").inner_text() == f"{found.count()} sections"
    lines = [line.lower() for line in page.locator(".line:visible").all_inner_texts()]
    assert any("allow_failure" in line and "dependent" in line for line in lines)
    assert {text.lower() for text in page.locator("mark").all_inner_texts()} == {
        "allow_failure", "dependent"
    }  # fmt: skip
    page.reload()
    assert page.input_value("#search") == "Allow_failure  dependent"
    page.focus("#search")
    for key in ("ArrowDown", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    title = page.locator("article:visible h2 a").first.inner_text()
    assert page.evaluate("document.activeElement.href") == found.first.evaluate("one => one.href")
    page.keyboard.press("Enter")
    heading = page.locator(".jp-NotebookPanel .jp-MarkdownOutput h1").first
    heading.wait_for(timeout=60_000)
    assert heading.inner_text().rstrip("¶") == title[3:].strip()
    page.close()


def test_it_shuts_nobody_out_and_ends_a_search(chromium, tmp_path):
    (tmp_path / "contents.html").write_text(contents("notebooks/"), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1100, "height": 900})
    page.goto(f"file://{tmp_path}/contents.html")
    every = page.locator("main a:visible").count()
    assert shuts_out(page) == []
    page.fill("#search", "no such word")
    assert page.locator("#said").inner_text().startswith("No section has all of these words")
    assert page.locator("main a:visible").count() == 0
    page.fill("#search", "deferred")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=SHOTS / f"contents_{theme}.png")
    assert shuts_out(page) == []
    page.keyboard.press("Escape")
    assert page.locator("main a:visible").count() == every
    assert page.evaluate("document.activeElement.id") == "search"
    page.close()
