"""A notebook as a plain page without scripts: its text and its outputs can still be read."""

import re

import nbformat
import pytest
from nbconvert import HTMLExporter

from tests.browser.jupyter import SHOTS
from tests.lint import code_cells
from tests.sampling import looked_at
from tools import lesson

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(chromium):
    """A page whose browser runs no script, and what it has asked for."""
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 1100, "height": 900}
    )
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    yield page, asked
    context.close()


@pytest.mark.parametrize("path", looked_at(lesson.paths(), 3), ids=lambda path: path.stem)
def test_a_notebook_without_scripts(plain, tmp_path, path):
    page, asked = plain
    nb = nbformat.read(path, as_version=4)
    exporter = HTMLExporter(embed_images=True)
    html, _ = exporter.from_notebook_node(nb, {"metadata": {"path": str(path.parent)}})
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"plain.{path.stem}.png")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    words = page.locator("body").inner_text()
    for cell in code_cells(nb):
        assert_there(cell, words)
    assert page.locator("img:not([alt])").count() == 0
    assert page.locator("img").count() >= sum(
        output.get("data", {}).get("text/html", "").count("<img")
        for cell in code_cells(nb)
        for output in cell.outputs
    )
    ids = set(re.findall(r'id="([^"]+)"', html))
    within = set(re.findall(r'href="#(cell-id=[^"]+)"', html))
    assert within <= ids  # a link to a cell of this page leads there, also here
    assert "flowchart" not in words and "widget" not in words.lower().replace("ipywidgets", "")


def assert_there(cell, words: str) -> None:
    """Each line that the cell has printed is on the page; of a question, each of its answers."""
    for output in cell.outputs:
        asked = output.get("data", {}).get("text/markdown", "")
        if "```" not in asked and "](" not in asked:
            plain = re.sub(r"[`*]|^- ", "", asked, flags=re.MULTILINE)
            for line in output.get("text", plain).splitlines():
                assert line.strip().split("  ")[0] in words, line
