"""The contents page as a file in a browser; test_browser.py follows a link into JupyterLab."""

import pytest

from tests.browser.jupyter import SHOTS
from tests.browser.test_site import shuts_out
from tools.contents.page import page as contents

pytestmark = pytest.mark.browser


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
