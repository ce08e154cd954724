"""A handout of the whole lesson, as one HTML file and as a PDF.

It has the map, the promise and the summary of each notebook, all sources that it shows, and its
questions; the answers are folded, at the end.

python -m tools.teaching.handout    the two files go to build/
"""

import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from tools import lesson
from tools.teaching import pages

FILE = pages.OUT / "handout.html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TITLE = "Job chaining and dependencies, with RQ and ARQ on Redis"


def main() -> None:
    pages.OUT.mkdir(exist_ok=True)
    FILE.write_text(handout(lesson.paths()), encoding="utf-8")
    print(FILE.relative_to(lesson.PROJECT))
    if not CHROMIUM:
        print("No PDF, as Chromium is not here: print that page from any browser.")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        print(print_pdf(browser, FILE).relative_to(lesson.PROJECT))
        browser.close()


def handout(paths: list[Path]) -> str:
    """Return the page for these notebooks."""
    told: set[str] = set()
    chapters = [part for path in paths for part in _chapter(path, told)]
    answers = [part for path in paths for part in _answers(path)]
    body = [f"<h1>{escape(TITLE)}</h1>", *chapters, "<h2>Answers</h2>", *answers]
    return pages.page(TITLE, "", '<div class="handout">\n' + "\n".join(body) + "\n</div>")


def print_pdf(browser: Any, file: Path) -> Path:
    """Print the page, with all answers open, to a PDF beside it; return the file.

    `browser` is a Chromium of Playwright.
    """
    pdf = file.with_suffix(".pdf")
    page = browser.new_page()
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    page.pdf(path=pdf, format="A4", margin=dict.fromkeys(("top", "bottom", "left"), "14mm"))
    page.close()
    return pdf


def _chapter(path: Path, told: set[str]) -> Iterator[str]:
    """Yield the content of a notebook; a source that is in `told` was shown before."""
    cells = lesson.read(path).cells
    cell = {cell.id: cell for cell in cells}
    yield f"<h2>{escape(_name(path))}</h2>"
    yield pages.prose(re.search(r"\*\*You will\*\*.*?\n\n", cell["title"].source, re.S)[0])
    if "map" in cell:
        yield pages.prose(cell["map"].source.replace("## ", "### "))
    for source in _sources(cells):
        if source not in told:
            told.add(source)
            yield pages.prose(source)
    if questions := [*_asked(cells)]:
        yield "<h3>Questions</h3>"
        yield from map(pages.options, questions)
    yield pages.prose(re.search(r"\*\*Remember\*\*.*", cell["you-have"].source, re.S)[0])


def _name(path: Path) -> str:
    return f"{path.name[:2]} {lesson.headline(path).title}"


def _sources(cells: list[NotebookNode]) -> Iterator[str]:
    """Yield the sources that `show` has shown."""
    for cell in cells:
        if cell.cell_type == "code" and re.search(r"^show\(", cell.source, flags=re.MULTILINE):
            shown = (one.data for one in cell.outputs if "data" in one)
            yield from (data["text/markdown"] for data in shown if "text/markdown" in data)


def _asked(cells: list[NotebookNode]) -> Iterator[pages.Question]:
    """Yield the questions that are answered with a number."""
    for what, question in filter(None, map(pages.asked, cells)):
        if what != "reason":
            yield question


def _answers(path: Path) -> Iterator[str]:
    cells = lesson.read(path).cells
    folded = [_folded(one.text, pages.answer(one)) for one in _asked(cells)]
    turns = [pages.prose(cell.source) for cell in cells if cell.id == "your-turn"]
    if folded or turns:
        yield f"<h3>{escape(_name(path))}</h3>"
        yield from [*folded, *turns]


def _folded(question: str, answer: str) -> str:
    return f"<details><summary>{pages.prose(question)}</summary>\n{answer}</details>"


if __name__ == "__main__":
    main()
