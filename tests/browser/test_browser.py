"""A stranger's way: clone, `make lab`, and run the notebooks in a real browser.

Screenshots stay in build/screenshots.
"""

import re
import subprocess
from itertools import pairwise

import pytest

from lesson_code.exercises.exercise import find
from lesson_code.exercises.questions import find_question
from lesson_code.lab import job_graph, timeline
from lesson_code.lab.record import JobRecord
from tests.browser.jupyter import (
    SHOTS,
    TOKEN,
    choose,
    free_port,
    open_notebook,
    start_lab,
    stop,
)
from tests.lint import code_cells, tags
from tools import lesson
from tools.bench_pictures import run_of

pytestmark = pytest.mark.browser

NOTEBOOKS = lesson.paths()


def wait_for_pictures(page, path) -> None:
    """Wait until all pictures are there, as many as are stored; each has a size and a text."""
    page.wait_for_function(
        "count => { const all = [...document.querySelectorAll('.jp-OutputArea img')];"
        "return all.length == count && all.every(one => one.complete) }",
        arg=stored_pictures(path),
        timeout=30_000,
    )
    found = page.eval_on_selector_all(
        ".jp-OutputArea img",
        "all => all.map(one => ({width: one.naturalWidth, shown: one.width, alt: one.alt}))",
    )
    assert all(one["width"] > 0 and one["shown"] > 0 and one["alt"] for one in found), found


def stored_pictures(path) -> int:
    outputs = [output for cell in code_cells(lesson.read(path)) for output in cell.outputs]
    return sum(o.get("data", {}).get("text/html", "").count("<img") for o in outputs)


def test_make_lab_opens_the_first_notebook_without_news(page, lab):
    page.goto(f"{lab}/?token={TOKEN}")
    page.wait_for_selector(".jp-NotebookPanel .jp-MarkdownOutput h1", timeout=60_000)
    assert "Start here" in page.inner_text(".jp-NotebookPanel h1")
    page.wait_for_timeout(2_000)
    assert page.locator(".Toastify__toast").count() == 0


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_are_shown_before_anything_is_run(page, lab, path):
    open_notebook(page, lab, path.name, "notebooks")
    wait_for_pictures(page, path)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(page, lab, path, theme):
    cells = code_cells(lesson.read(path))
    open_notebook(page, lab, path.name)
    choose(page, "Settings", "Theme", f"JupyterLab {theme}")
    choose(page, "Edit", "Clear Outputs of All Cells")
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(
        "count => { const all = [...document.querySelectorAll('.jp-NotebookPanel "
        ".jp-CodeCell .jp-InputPrompt')].map(one => one.innerText.trim());"
        "return all.length == count && all.every(one => /^\\[\\d+\\]:$/.test(one)) }",
        arg=len(cells),
        timeout=90_000,
    )
    page.wait_for_timeout(1_000)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{path.stem}.{theme.lower()}.png")
    expected = [cell.id for cell in cells if "raises-exception" in tags(cell)]
    errors = page.locator('.jp-OutputArea [data-mime-type="application/vnd.jupyter.stderr"]')
    assert errors.count() == len(expected)  # JupyterLab draws errors and stderr alike
    wait_for_pictures(page, path)


def go_down(page, path, start: str, end: str) -> None:
    """Go from one cell down to another, by keyboard alone."""
    names = [cell.id for cell in lesson.read(path).cells]
    page.keyboard.press("Escape")
    for _ in range(names.index(end) - names.index(start)):
        page.keyboard.press("ArrowDown")


def answer_and_check(page, answer: str) -> str:
    """From the cell of an answer: write it, run it, run its check; return what the check says.

    Ends at the cell of the answer again.
    """
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(answer.strip())
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+Enter")
    cell = page.locator(".jp-Cell.jp-mod-active")
    page.wait_for_function(
        "() => /^\\[\\d+\\]:$/.test(document.querySelector("
        "'.jp-Cell.jp-mod-active .jp-InputPrompt').innerText.trim())",
        timeout=20_000,
    )
    page.wait_for_timeout(500)
    said = cell.locator(".jp-OutputArea").inner_text()
    page.keyboard.press("ArrowUp")
    return said


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_an_exercise_is_solved_by_keyboard_alone(page, lab, theme):
    path = next(path for path in NOTEBOOKS if path.name.startswith("03"))
    exercise = find("order_chain")
    page.set_viewport_size({"width": 1280, "height": 900})
    open_notebook(page, lab, path.name)
    choose(page, "Settings", "Theme", f"JupyterLab {theme}")
    page.locator(".jp-NotebookPanel h1").first.click()
    go_down(page, path, "title", "exercises-import")
    page.keyboard.press("Control+Enter")
    go_down(page, path, "exercises-import", "exercise-order-chain-answer")
    for state, answer, opening in (
        ("unsolved", exercise.stub, "○ Not solved yet."),
        ("wrong", exercise.wrong[0].answer, "✗ Not yet.\n\nship does not wait for pack"),
        ("solved", exercise.solutions[0], "✓ Solved."),
    ):
        said = answer_and_check(page, answer)
        page.screenshot(path=SHOTS / f"exercise.{state}.{theme.lower()}.png")
        assert said.strip().startswith(opening), said


def test_a_whole_notebook_and_two_exercises_by_keyboard_alone(page, lab):
    path = next(path for path in NOTEBOOKS if path.name.startswith("01"))
    cells = lesson.read(path).cells
    names = [cell.id for cell in cells]
    open_notebook(page, lab, path.name)
    page.keyboard.press("Escape")  # the first cell is the active one
    for cell in cells:
        page.keyboard.press("Shift+Enter")
        if cell.source.startswith("predict("):
            page.keyboard.press("ArrowUp")
            page.locator(".jp-Cell.jp-mod-active .widget-button").first.wait_for(timeout=20_000)
            tab_to(page, f"{find_question(cell.source.split(chr(34))[1]).answer}: ")
            page.keyboard.press("Enter")
            said = page.locator(".jp-Cell.jp-mod-active [role=status]")
            said.get_by_text("You say").wait_for(timeout=5_000)
            page.keyboard.press("Escape")
            page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "count => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].filter("
        "one => /^\\[\\d+\\]:$/.test(one.innerText.trim())).length >= count",
        arg=len(code_cells(lesson.read(path))),
        timeout=60_000,
    )
    assert page.get_by_text("You were right").count() == 2
    for name in ("first_things_first", "hand_it_on"):
        here = names.index(f"exercise-{name.replace('_', '-')}-answer")
        page.keyboard.press("Escape")
        for _ in range(len(cells) + 1):
            page.keyboard.press("ArrowUp")
        for _ in range(here):
            page.keyboard.press("ArrowDown")
        said = answer_and_check(page, find(name).solutions[0])
        assert said.strip().startswith("✓ Solved."), said


def tab_to(page, words: str) -> None:
    """Press Tab until a button with these words has the focus."""
    there = page.locator(".widget-button:focus", has_text=words)
    for _ in range(20):
        if there.count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {words!r}")


def test_a_level_is_broken_by_keyboard_alone(page, lab):
    path = next(path for path in NOTEBOOKS if path.name.startswith("11"))
    page.set_viewport_size({"width": 1366, "height": 768})
    open_notebook(page, lab, path.name)
    page.locator(".jp-NotebookPanel h1").first.click()
    places = [
        "title",
        "exercises-import",
        *[f"exercise-pays-twice-{n}" for n in ("answer", "play")],
    ]
    for start, end in pairwise(places):
        go_down(page, path, start, end)
        page.keyboard.press("Control+Enter")
    board = page.locator(".jp-Cell.jp-mod-active")
    board.locator(".widget-button").first.wait_for(timeout=10_000)

    def says() -> str:
        return board.locator("[role=status]").inner_text()

    tab_to(page, "go on")
    while "beats the heart of the job" not in (before := says()):
        page.keyboard.press("Enter")
        page.wait_for_function(
            "before => document.querySelector('.jp-Cell.jp-mod-active [role=status]')"
            ".innerText != before",
            arg=before,
            timeout=5_000,
        )
    tab_to(page, "dies here")
    page.keyboard.press("Enter")
    board.locator("text=It breaks: withdraw('Ada', 'May') happens twice").wait_for(timeout=5_000)
    page.screenshot(path=SHOTS / "level.broken.png")


def test_a_link_to_a_cell_leads_there(page, lab):
    page.set_viewport_size({"width": 1280, "height": 700})
    open_notebook(page, lab, "00_start_here.ipynb")
    link = page.locator("a[href$='#cell-id=first-run']")
    link.scroll_into_view_if_needed()
    link.click()
    page.wait_for_selector("text=run = watch(lab) >> nth=0", state="visible", timeout=5_000)


@pytest.mark.parametrize("draw", [job_graph, timeline])
def test_a_picture_grows_with_the_letters_of_the_page(page, draw):
    picture = draw(run_of([JobRecord(f"s{n}", "step", "finished") for n in range(3)]))
    html = picture._repr_mimebundle_()["text/html"]
    sizes = []
    for letters in (14, 28):
        page.set_content(f'<body style="font-size:{letters}px">{html}')
        sizes.append(page.eval_on_selector("img", "one => [one.width, one.height]"))
    drawn = page.eval_on_selector("img", "one => one.naturalWidth")
    assert sizes[0][0] == pytest.approx(drawn, abs=1)  # so its letters have their 12 px
    assert sizes[1] == pytest.approx([2 * size for size in sizes[0]], abs=2)
    page.set_viewport_size({"width": 200, "height": 200})  # too narrow: the page scrolls
    assert page.eval_on_selector("img", "one => one.width") == sizes[1][0]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_all_letters_of_pictures_are_legible_at_200_percent(chromium, lab, path):
    """1366 × 768, zoomed to 200 %: no picture shrinks, and no letter is smaller than 12 px."""
    sizes = [
        float(size) for size in re.findall(r"font-size=['\"]([\d.]+)", path.read_text("utf-8"))
    ]
    assert not sizes or min(sizes) >= 12
    page = chromium.new_page(viewport={"width": 683, "height": 12_000}, device_scale_factor=2)
    open_notebook(page, lab, path.name, "notebooks")
    wait_for_pictures(page, path)
    shrunk = "all => all.filter(one => one.width < one.naturalWidth - 1).map(one => one.alt)"
    assert page.eval_on_selector_all(".jp-OutputArea img", shrunk) == []
    page.close()


def test_git_sees_nothing_of_all_this(clone, lab):
    """The notebooks were run, answered and saved: what is in git is as it was."""
    seen = subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, text=True)
    assert (seen.returncode, seen.stdout) == (0, "")


def test_the_second_start_installs_nothing_and_is_quick(clone, lab):
    make, seconds = start_lab(clone, free_port())
    stop(make)
    assert seconds < 10
