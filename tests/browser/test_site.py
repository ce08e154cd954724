"""The lesson in a browser tab: the front page, notebooks and checks, without external requests.

`make browser` looks at a sample of notebooks and exercises, `make site-test` at all.
"""

import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lesson_code.exercises.exercise import exercises
from tests.browser.jupyter import SHOTS
from tests.lint import code_cells
from tests.sampling import LEFT_OUT, looked_at
from tools import lesson
from tools.site import build

pytestmark = pytest.mark.browser

EXERCISES = [[*exercises().values()][first::7] for first in range(7)]
NO_PROCESSES = re.compile(r"No worker processes here, as .+?: threads take their place\.\n")
VERSIONS = "check"  # the cell that names those of this machine
OWN_PROJECT = "own-chain-check"  # the cell that needs a server; it says that there is none
# A task there is interrupted in its thread, or the cell starts a thread itself.
THREADS = {"swallowed-run", "asked-thread-run"}
REAL = {"asked-silent-run", "asked-restart-run"}  # each needs a worker process on a real server
PROCESSES = "start_rq("  # what cannot do with threads in the place of worker processes
# Python 3.14 takes turns otherwise; the answer is wrong there for another reason.
SAYS = {"one_thread": "notify('8 left') never happens"}
SETUP = "import os; os.environ |= {'LESSON_FRAMES': 'last', 'LESSON_PROGRESS': os.devnull}"
RUN = """async ([path, cells]) => {
  const {sessions} = window.jupyterapp.serviceManager;
  const model = {name: path, path, type: 'notebook', kernel: {name: 'python'}};
  const session = await sessions.startNew(model);
  const all = [];
  for (const code of cells) {
    const outputs = [];
    const future = session.kernel.requestExecute({code, stop_on_error: false});
    future.onIOPub = ({header, content}) => outputs.push([header.msg_type, content]);
    await future.done;
    all.push(outputs);
  }
  await session.shutdown();
  return all;
}"""


@pytest.fixture(scope="session")
def site():
    """The address of the built site, served as by `python -m http.server`."""
    build.main()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(build.SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def tab(chromium, site):
    """A page of the site; in the end nothing was asked for elsewhere, and nothing went wrong."""
    page = chromium.new_page(viewport={"width": 1100, "height": 900})
    page.set_default_timeout(120_000)
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(error))
    yield page
    page.close()
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    assert errors == []


PLACES = """[...document.querySelectorAll('#moves button, #controls button')].map(
  one => [one.getBoundingClientRect().x, one.getBoundingClientRect().y + scrollY])"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def shuts_out(page) -> list[str]:
    """Return what axe-core finds in either theme, and how far the page of a phone scrolls aside."""
    from axe_playwright_python.sync_playwright import Axe

    found, size = [], page.viewport_size
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        told = Axe().run(page, options={"resultTypes": ["violations"]}).response
        if "color-contrast" not in {one["id"] for one in told["passes"]}:
            found.append(f"{theme}: axe-core has looked at no contrast")
        found += [f"{theme}: {one['id']}: {one['nodes'][0]['html']}" for one in told["violations"]]
    page.set_viewport_size({"width": 360, "height": 740})
    found += [f"{far} px wider than a phone" for far in [page.evaluate(WIDER)] if far]
    page.set_viewport_size(size)
    return found


def test_the_front_page_shows_its_pictures_before_python_and_remembers_a_click(tab, site):
    told = []
    tab.on("console", lambda message: told.append(message.text))
    tab.route("**/static/pyodide/*", lambda route: None)  # no answer
    tab.goto(f"{site}/index.html")
    alts = tab.eval_on_selector_all(
        "img", "all => all.filter(one => one.complete && one.naturalWidth).map(one => one.alt)"
    )
    assert [alt.partition(":")[0] for alt in alts] == [
        "Crash map", "Job graph", "Timeline", "Crash map"
    ]  # fmt: skip
    assert shuts_out(tab) == []
    tab.click("text=What if the worker crashes?")
    tab.get_by_text("Python is still loading").wait_for()
    tab.unroute("**/static/pyodide/*")  # the answers come
    tab.locator("#moves button", has_text="crash here").wait_for()
    assert shuts_out(tab) == []
    assert told == []


def test_the_front_page_runs_a_chain_and_kills_its_worker(tab, site):
    tab.goto(f"{site}/index.html")
    stored = tab.inner_html("#shown")
    tab.click("#run")
    tab.get_by_text("Change a line, and run it again.").wait_for()
    assert tab.inner_html("#shown") in stored  # the stored pictures are those of a run
    tab.click("text=What if the worker crashes?")
    tab.locator("#moves button", has_text="go on").click()
    tab.wait_for_function("document.activeElement.textContent == '▶ go on'")
    places = tab.evaluate(PLACES)
    tab.locator("#moves button", has_text="crash here").click()
    tab.locator("#controls button", has_text="to the end").click()
    tab.get_by_text("✗ Different from the run without your choices").wait_for()
    assert tab.get_by_text("† worker-1 (crashed on").is_visible()
    assert tab.evaluate(PLACES) == places  # no button moves under the pointer
    SHOTS.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=SHOTS / "front.png", full_page=True)
    tab.fill("#code", "queue.enqueue(print, 'salt', job_id='x')\nqueue.enqueu")
    tab.click("#run")
    tab.get_by_text("AttributeError: 'Queue' object has no attribute 'enqueu'").wait_for()


def test_a_browser_that_cannot_is_told_on_the_front_page_before_anything_is_loaded(tab, site):
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.add_init_script("delete WebAssembly.Suspending")
    tab.goto(f"{site}/index.html")
    tab.get_by_text("This browser lacks JSPI").wait_for()
    assert not tab.is_visible("#run")
    assert tab.get_by_alt_text("Crash map").first.is_visible()
    assert not [url for url in asked if "pyodide" in url]


def run(tab, site: str, name: str, cells: list[str], setup: str = SETUP) -> list[list]:
    """Run these cells in a new kernel of the site's; return what each has sent."""
    tab.goto(f"{site}/lab/index.html")
    ready = "window.jupyterapp?.serviceManager?.kernelspecs?.specs?.kernelspecs?.python"
    tab.wait_for_function(ready)
    return tab.evaluate(RUN, [f"notebooks/{name}", [setup, *cells]])[1:]


@pytest.mark.parametrize("path", looked_at(lesson.paths(), 2), ids=lambda path: path.stem)
def test_a_notebook_says_there_what_is_stored(tab, site, path):
    cells = code_cells(lesson.read(path))
    sent = run(tab, site, path.name, [cell.source for cell in cells])
    differs = {
        cell.id
        for cell, messages in zip(cells, sent, strict=True)
        if normal([(one.output_type, one) for one in cell.outputs]) != normal(messages)
    }
    if not any(PROCESSES in cell.source for cell in cells):
        assert differs == {VERSIONS, OWN_PROJECT, *THREADS, *REAL} & {cell.id for cell in cells}
    else:  # what needs a worker process says so, and what comes behind it
        assert len(differs) < len(cells) / 2


def normal(messages: list) -> list[tuple]:
    """Return what is compared: text that was printed, errors, and the words of what is shown."""
    found: list[tuple] = []
    for kind, content in messages:
        if kind == "stream":
            before = found.pop()[1] if found and found[-1][0] == kind else ""
            found.append((kind, before + "".join(content["text"])))
        elif kind == "error":
            name = re.search(r"(\w+)(?:'>)?$", content["ename"])[1]  # or "<class 'a.b.Name'>"
            found.append((kind, name, content["evalue"]))
        elif kind in ("display_data", "execute_result"):
            data = content["data"]
            found.append((kind, "".join(data.get("text/plain") or data.get("text/markdown", ""))))
    streams = [(one[0], NO_PROCESSES.sub("", one[1]), *one[2:]) for one in found]
    return [one for one in streams if one != ("stream", "")]


@pytest.mark.parametrize("some", looked_at(EXERCISES, 1), ids=lambda some: some[0].id)
def test_answers_are_judged_there(tab, site, some):
    """The solution of each exercise is right, and a wrong answer gets its sentence."""
    ask = "from lesson_code.exercises.check.examiner import examine\n"
    ask += "from lesson_code.exercises.exercise import find\nimport json"
    cells = [
        f"print(json.dumps(examine(find({one.id!r}), [{answer!r}])))"
        for one in some
        for answer in (one.solutions[0], one.wrong[0].answer)
    ]
    sent = run(tab, site, "checks.ipynb", [ask, *cells])[1:]
    told = [json.loads(dict(normal(messages))["stream"])[0] for messages in sent]
    wrongly = []
    for one, right, wrong in zip(some, told[::2], told[1::2], strict=True):
        if not right["solved"]:
            wrongly.append((one.id, right["sentences"]))
        says = SAYS.get(one.id, one.wrong[0].says)
        if wrong["solved"] or says not in " ".join(wrong["sentences"]):
            wrongly.append((one.id, says, wrong["sentences"]))
    assert wrongly == []


ASIDE = """
import gc
from lesson_code.lab.browser.stacks import Gate, Stack
gate, seen = Gate(), []
waits, looks = Stack(gate.acquire), Stack(lambda: seen.append(gc.isenabled()))
waits.start()
looks.start()
looks.join()  # two stacks are put aside while it looks, and one afterwards
seen.append(gc.isenabled())
gate.release()
waits.join()
print(seen, gc.isenabled())
"""


def test_no_garbage_is_collected_while_a_stack_is_put_aside(tab, site):
    """Python crashes there otherwise (docs/pyodide_gc.md)."""
    (sent,) = run(tab, site, "stacks.ipynb", [ASIDE])
    assert dict(normal(sent))["stream"] == "[False, False] True\n"


STRESS = """
import io
from contextlib import redirect_stdout
from rq import Queue
from lesson_code.lab import Lab, work
from lesson_code.with_rq.chaining import pass_results
from lesson_code.worlds.tasks import task_a, task_b

lab = Lab()
wrong = 0
for _ in range(RUNS):
    lab.empty()
    queue = Queue(connection=lab.redis)
    for n in range(8):
        first = queue.enqueue(task_a, job_id=f"a{n}")
        queue.enqueue(pass_results, task_b, depends_on=first, job_id=f"b{n}")
    with redirect_stdout(io.StringIO()):
        run = work(lab, workers=8)
    wrong += [job.state for job in run.jobs] != ["finished"] * 16
print(wrong, "wrong")
"""


@pytest.mark.parametrize("runs", [50, pytest.param(1000, marks=LEFT_OUT)])
def test_many_runs_with_eight_workers(tab, site, runs):
    (sent,) = run(tab, site, "runs.ipynb", [STRESS.replace("RUNS", str(runs))])
    printed = dict(normal(sent))["stream"]
    assert printed.splitlines()[-1] == "0 wrong", printed


def test_progress_survives_the_page(tab, site):
    solve = 'from lesson_code.exercises import diary\ndiary.add("solved", "order_chain")'
    look = 'from lesson_code.exercises import diary\nprint(diary.record("order_chain").solved)'
    run(tab, site, "one.ipynb", [solve], setup="")
    tab.goto("about:blank")
    assert normal(run(tab, site, "two.ipynb", [look], setup="")[0]) == [("stream", "True\n")]
