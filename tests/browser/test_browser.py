"""The way of a new user: clone, `make lab`, and run the notebooks in a real browser.

Screenshots stay in build/screenshots. Of what is true of every notebook `make browser` tries a
sample, `make browser-all` all.
"""

import re
import subprocess
from collections.abc import Iterator

import pytest

from lesson_code.exercises.exercise import find
from lesson_code.exercises.questions import find_question
from lesson_code.lab import job_graph, timeline
from lesson_code.lab.record import JobRecord
from tests.browser.jupyter import (
    CHANGE_THEME,
    SHOTS,
    TOKEN,
    choose,
    free_port,
    open_next,
    open_notebook,
    start_lab,
    stop,
    wait_for_idle,
)
from tests.lint import code_cells, tags
from tests.patience import within
from tests.sampling import looked_at
from tools import lesson
from tools.bench_pictures import run_of

pytestmark = pytest.mark.browser

NOTEBOOKS = lesson.paths()
WIDE, HIGH = 1280, 12_000  # a page on which every cell is
# What is ours: the prose and the outputs. The frame around them, and the editors, are JupyterLab's.
OURS = [[".jp-NotebookPanel .jp-MarkdownOutput"], [".jp-NotebookPanel .jp-OutputArea-output"]]
# The name comes before the style sheet, without which axe-core finds nothing to look at.
HAS_ITS_COLOURS = """theme => document.body.dataset.jpThemeName == `JupyterLab ${theme}`
  && getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim()
    == {Light: 'white', Dark: '#111'}[theme]"""
# The colours of code, and links that are not underlined, are JupyterLab's, too.
THEIRS = '<span class="ͼ'
RULES = {"rules": {"link-in-text-block": {"enabled": False}}, "resultTypes": ["violations"]}
# JupyterLab's body has no height, and hides what is outside: axe-core would look at no contrast.
HEIGHT = "document.documentElement.style.height = document.body.style.height = '100%'"
ACTIVE = (  # the place of the active cell
    "[...document.querySelectorAll('.jp-NotebookPanel .jp-Cell')]"
    ".findIndex(one => one.classList.contains('jp-mod-active'))"
)
TAKES_KEYS = "document.activeElement.closest('.jp-Notebook.jp-mod-commandMode')"
CUT_OFF = (
    "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
)
WRAPS = """one => one.getBoundingClientRect().right
  <= one.closest('.jp-OutputArea-output').getBoundingClientRect().right + 1"""
TO_THE_TOP = "document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').scrollTop = 0"
HAS_RUN = "one => /^\\[\\d+\\]:$/.test(one.innerText.trim())"


def wait_for_pictures(page, path) -> None:
    """Wait until all pictures are there, as many as are stored; each has a size and a text."""
    page.wait_for_function(
        "count => { const all = [...document.querySelectorAll('.jp-OutputArea img')];"
        "return all.length == count && all.every(one => one.complete) }",
        arg=stored_pictures(path),
    )
    found = page.eval_on_selector_all(
        ".jp-OutputArea img",
        "all => all.map(one => ({width: one.naturalWidth, shown: one.width, alt: one.alt}))",
    )
    assert all(one["width"] > 0 and one["shown"] > 0 and one["alt"] for one in found), found


def stored_pictures(path) -> int:
    outputs = [output for cell in code_cells(lesson.read(path)) for output in cell.outputs]
    return sum(o.get("data", {}).get("text/html", "").count("<img") for o in outputs)


def in_both_themes(page) -> Iterator[str]:
    """Yield the name of the theme that is there, and then that of the other, which is there now."""
    first = page.evaluate("document.body.dataset.jpThemeName.split(' ')[1]")
    for theme in (first, "Dark" if first == "Light" else "Light"):
        if theme != first:
            page.evaluate(CHANGE_THEME, f"JupyterLab {theme}")
        page.wait_for_function(HAS_ITS_COLOURS, arg=theme)
        page.wait_for_selector("#jupyterlab-splash", state="detached")  # it covers all meanwhile
        yield theme


def test_make_lab_opens_the_first_notebook_without_news(page, lab):
    page.goto(f"{lab}/?token={TOKEN}")
    page.wait_for_selector(".jp-NotebookPanel .jp-MarkdownOutput h1")
    assert "Start here" in page.inner_text(".jp-NotebookPanel h1")
    page.wait_for_load_state("networkidle")
    assert page.locator(".Toastify__toast").count() == 0


@pytest.fixture(scope="module")
def one_page(context, lab):
    """A page of JupyterLab in which one notebook after the other is opened."""
    page = context.new_page()
    open_notebook(page, lab, NOTEBOOKS[0].name, "notebooks")
    yield page
    page.close()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_shown_before_it_is_run_and_shuts_nobody_out(one_page, path):
    """All pictures are there; axe-core finds nothing in either theme; zoomed to 200 % on a page of
    1366 × 768 no picture shrinks, so its letters stay as large as tests/lint.py wants them.
    """
    from axe_playwright_python.sync_playwright import Axe

    page = one_page
    page.set_viewport_size({"width": WIDE, "height": HIGH})  # the test before has made it small
    open_next(page, path.name, "notebooks")
    wait_for_pictures(page, path)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    page.evaluate(HEIGHT)
    found = []
    for theme in in_both_themes(page):
        told = Axe().run(page, {"include": OURS}, RULES).response
        if "color-contrast" not in {one["id"] for one in told["passes"]}:
            found.append(f"{theme}: axe-core has looked at no contrast")
        for broken in told["violations"]:
            for node in broken["nodes"]:
                if not node["html"].startswith(THEIRS):
                    found.append(f"{theme}: {broken['id']}: {broken['help']}: {node['html'][:200]}")
    page.set_viewport_size({"width": 1366 // 2, "height": HIGH})
    wait_for_pictures(page, path)
    shrunk = "all => all.filter(one => one.width < one.naturalWidth - 1).map(one => one.alt)"
    found += page.eval_on_selector_all(".jp-OutputArea img", shrunk)
    assert found == []


@pytest.mark.parametrize("path", looked_at(NOTEBOOKS, 3), ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(page, lab, path):
    cells = code_cells(lesson.read(path))
    page.set_viewport_size({"width": WIDE, "height": 900})
    open_notebook(page, lab, path.name)
    choose(page, "Edit", "Clear Outputs of All Cells")
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(
        "count => { const all = [...document.querySelectorAll('.jp-NotebookPanel "
        f".jp-CodeCell .jp-InputPrompt')]; return all.length == count && all.every({HAS_RUN}) }}",
        arg=len(cells),
    )
    wait_for_idle(page)
    expected = [cell.id for cell in cells if "raises-exception" in tags(cell)]
    errors = page.locator('.jp-OutputArea [data-mime-type="application/vnd.jupyter.stderr"]')
    assert errors.count() == len(expected)  # JupyterLab draws errors and stderr alike
    page.set_viewport_size({"width": 1366 // 2, "height": HIGH})  # as zoomed to 200 %
    buttons = page.locator(".jp-NotebookPanel .jp-OutputArea button:visible:not([data-box])")
    assert buttons.evaluate_all(CUT_OFF) == []
    page.set_viewport_size({"width": WIDE, "height": HIGH})
    SHOTS.mkdir(parents=True, exist_ok=True)
    for theme in in_both_themes(page):
        wait_for_pictures(page, path)
        page.evaluate(TO_THE_TOP)
        page.screenshot(path=SHOTS / f"{path.stem}.{theme.lower()}.png")


def go(page, path, to: str) -> None:
    """Go from the active cell to this one, by keyboard alone."""
    page.keyboard.press("Escape")
    walk(page, [cell.id for cell in lesson.read(path).cells].index(to))


def walk(page, there: int) -> None:
    """Press arrow keys until the cell with this number is active."""
    while way := there - (before := page.evaluate(ACTIVE)):
        press(page, "ArrowDown" if way > 0 else "ArrowUp")
        page.wait_for_function(f"before => {ACTIVE} != before", arg=before)


def press(page, key: str) -> None:
    """Press a key that is a command of JupyterLab's, once the notebook takes such keys.

    It does not while the focus is on its way from one cell to the next.
    """
    page.wait_for_function(TAKES_KEYS)
    page.keyboard.press(key)


def answer_and_check(page, answer: str) -> str:
    """From the cell of an answer: write it, run it, run its check; return what the check says.

    Ends at the cell of the answer again.
    """
    press(page, "Enter")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(answer.strip())
    page.keyboard.press("Shift+Enter")
    cell = page.locator(".jp-Cell.jp-mod-active")
    before = cell.locator(".jp-InputPrompt").inner_text()
    press(page, "Control+Enter")
    page.wait_for_function(
        "before => { const cell = document.querySelector('.jp-Cell.jp-mod-active');"
        f"const prompt = cell.querySelector('.jp-InputPrompt'); return ({HAS_RUN})(prompt)"
        "&& prompt.innerText != before && cell.querySelector('.jp-OutputArea').innerText }",
        arg=before,
    )
    said = cell.locator(".jp-OutputArea").first.inner_text()
    press(page, "ArrowUp")
    return said.strip()


def answers_in(path) -> list[str]:
    """Return the ids of the notebook's exercises, in their order."""
    found = [re.fullmatch("exercise-(.+)-answer", cell.id) for cell in lesson.read(path).cells]
    return [one[1].replace("-", "_") for one in found if one]


def questions_in(path) -> list[str]:
    found = [re.match(r'predict\("(\w+)"', cell.source) for cell in code_cells(lesson.read(path))]
    return [one[1] for one in found if one]


def runs_in_one_go(path) -> bool:
    """Whether the notebook asks questions, has no levels and starts no processes, and none of its
    cells raises an error: then JupyterLab drops the cells that were already asked for.
    """
    source = path.read_text(encoding="utf-8")
    stops = ("raises-exception", ".real(", "import check, hint, play")
    return bool(questions_in(path)) and not any(one in source for one in stops)


def test_a_whole_notebook_and_two_exercises_by_keyboard_alone(page, lab):
    path = next(one for one in NOTEBOOKS if runs_in_one_go(one) and len(answers_in(one)) > 1)
    cells = lesson.read(path).cells
    page.set_viewport_size({"width": WIDE, "height": 900})
    open_notebook(page, lab, path.name)
    page.keyboard.press("Escape")  # the first cell is the active one
    for n, cell in enumerate(cells):
        press(page, "Shift+Enter")
        page.wait_for_function(f"n => {ACTIVE} == n", arg=n + 1)  # after the last: a new one
        if question := re.match(r'predict\("(\w+)"', cell.source):
            walk(page, n)
            page.locator(".jp-Cell.jp-mod-active .widget-button").first.wait_for()
            tab_to(page, f"{find_question(question[1]).answer}: ")
            page.keyboard.press("Enter")
            said = page.locator(".jp-Cell.jp-mod-active [role=status]")
            said.get_by_text("You say").wait_for()
            page.keyboard.press("Escape")
            walk(page, n + 1)
    page.wait_for_function(
        f"count => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].filter({HAS_RUN})"
        ".length >= count",
        arg=len(code_cells(lesson.read(path))),
    )
    wait_for_idle(page)
    assert page.get_by_text("You were right").count() == len(questions_in(path))
    one, other = map(find, answers_in(path)[:2])
    go(page, path, f"exercise-{one.id.replace('_', '-')}-answer")
    SHOTS.mkdir(parents=True, exist_ok=True)
    for state, answer, opening in (
        ("unsolved", one.stub, "○ Not solved yet."),
        ("wrong", one.wrong[0].answer, "✗ Not yet.\n\n" + one.wrong[0].says.replace("`", "")),
        ("solved", one.solutions[0], "✓ Solved."),
    ):
        said = answer_and_check(page, answer)
        assert said.startswith(opening), said
        page.screenshot(path=SHOTS / f"exercise.{state}.png")
    go(page, path, f"exercise-{other.id.replace('_', '-')}-answer")
    assert answer_and_check(page, other.solutions[0]).startswith("✓ Solved.")


def tab_to(page, words: str) -> None:
    """Press Tab until a button with these words has the focus."""
    there = page.locator(".widget-button:focus", has_text=words)
    for _ in range(20):
        if there.count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {words!r}")


def test_a_level_is_broken_by_keyboard_alone(page, lab):
    play = "exercise-pays-twice-play"
    path = next(one for one in NOTEBOOKS if "pays_twice" in answers_in(one))
    cells = code_cells(lesson.read(path))
    imports = re.compile(r"exercises import .*\bplay\b")
    imported = next(one.id for one in cells if imports.search(one.source))
    page.set_viewport_size({"width": 1366, "height": 768})
    open_notebook(page, lab, path.name)
    for name in (imported, "exercise-pays-twice-answer", play):
        go(page, path, name)
        press(page, "Control+Enter")
    board = page.locator(".jp-Cell.jp-mod-active")
    board.locator(".widget-button").first.wait_for()

    def says() -> str:
        return board.locator("[role=status]").inner_text()

    tab_to(page, "go on")
    while "stores the result" not in (before := says()):
        page.keyboard.press("Enter")
        page.wait_for_function(
            "before => document.querySelector('.jp-Cell.jp-mod-active [role=status]')"
            ".innerText != before",
            arg=before,
        )
    tab_to(page, "crash here")
    page.keyboard.press("Enter")
    board.locator("text=It breaks: withdraw('Ada', 'May') happens twice").wait_for()
    page.screenshot(path=SHOTS / "level.broken.png")
    page.set_viewport_size({"width": 1366 // 2, "height": 768})  # as zoomed to 200 %
    assert board.locator("[role=status]").evaluate(WRAPS)


def test_a_link_to_a_cell_leads_there(page, lab):
    page.set_viewport_size({"width": WIDE, "height": 700})
    path = NOTEBOOKS[0]
    name = re.findall(r"\]\(#cell-id=([\w-]+)\)", path.read_text(encoding="utf-8"))[-1]
    number = [cell.id for cell in lesson.read(path).cells].index(name)
    open_notebook(page, lab, path.name)
    cell = page.locator(".jp-NotebookPanel .jp-Cell").nth(number).element_handle()
    seen = "one => { const {top, bottom} = one.getBoundingClientRect();"
    seen += "return bottom > 0 && top < 700 }"
    link = page.locator(f"a[href$='#cell-id={name}']").first
    link.scroll_into_view_if_needed()
    assert not cell.evaluate(seen)
    link.click()
    page.wait_for_function(seen, arg=cell)


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


def test_git_sees_nothing_of_all_this(clone, lab):
    """The notebooks were run, answered and saved: what is in git is as it was."""
    seen = subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, text=True)
    assert (seen.returncode, seen.stdout) == (0, "")


def test_the_second_start_installs_nothing_and_is_quick(clone, lab):
    with within(10):
        make, _ = start_lab(clone, free_port())
    stop(make)


def test_a_word_on_the_contents_page_leads_into_its_notebook_by_keyboard_alone(chromium, lab):
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
    heading = page.locator(".jp-NotebookPanel h1:visible", has_text=title[3:].strip())
    heading.wait_for(timeout=60_000)  # other notebooks are open, too
    page.close()
