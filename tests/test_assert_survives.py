"""A chain of one's own survives; or the report says where it does not, and how to replay it."""

import ast
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module, reload
from importlib.metadata import version

import pytest
from click.testing import CliRunner
from rq.serializers import JSONSerializer

from lesson_code.lab import ArqStory, Lab, Story, assert_survives, every_crash, every_order, play
from lesson_code.lab.__main__ import main
from lesson_code.lab.stage import counted_calls
from lesson_code.lab.stage.effects import CannotCount
from lesson_code.lab.stage.survives import NothingToProve, NotPlayed, survey_of
from tests import own_shop, real
from tests.sampling import proof, sampled
from tools import lesson
from tools.prove import disagreements


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a project of one's own, which can be imported."""
    folder = tmp_path_factory.mktemp("project")
    own_shop.write(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", f"{folder}:{lesson.PROJECT}")
        yield folder
        for name in [one for one in sys.modules if one.partition(".")[0] == "ownshop"]:
            del sys.modules[name]


@pytest.fixture
def shop(folder):
    """Return a function that imports a module of the project."""
    return lambda name: import_module(f"ownshop.{name}")


def ledger(redis) -> Counter:
    """Return what the project has written."""
    return Counter(redis.hkeys("ledger"))


def told(story, *given, **options) -> str:
    """Return what assert_survives says of a story that does not survive."""
    with pytest.raises(AssertionError) as failed:
        assert_survives(story, *given, **options)
    return str(failed.value)


def test_a_good_chain_passes_in_silence(shop, capfd):
    fates = assert_survives(Story(shop("flows").steady, effects=ledger))
    assert {fate.kind for fate in fates.fates} == {"unharmed"} and fates.warnings == ()
    assert len(fates.fates) == fates.possible > 60
    assert {bool(fate.crashes) for fate in fates.fates} == {True, False}
    assert capfd.readouterr() == ("", "")


def test_an_effect_that_is_written_twice_is_noticed(shop, monkeypatch):
    def append(order):
        from rq import get_current_job

        get_current_job().connection.rpush("ledger", order)

    monkeypatch.setattr(shop("till"), "enter", append)

    def wrote(redis) -> Counter:
        return Counter(one.decode() for one in redis.lrange("ledger", 0, -1))

    assert "A7 happens twice" in told(Story(shop("flows").steady, effects=wrote), orders=0)


def test_the_report_is_a_sentence_a_map_and_a_way_to_replay(shop):
    effects = [shop("till").charge]
    story = Story(shop("flows").order, queues=("high", "low"))
    lines = told(story, effects).splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 200
    assert re.match(
        r"order does not survive \d+ of \d+ runs; the first \(d\d+\): worker-1", lines[0]
    )
    assert any(line.startswith("✗ lost") for line in lines)
    assert any(line.startswith("↻ twice") for line in lines)
    code = lines[-1].removeprefix("Replay it: ")
    names = {"play": play, "story": story, "till": shop("till")}
    replayed = eval(code.removeprefix("print(").removesuffix(")"), names)
    assert replayed.kind == "lost" and replayed.token in lines[0]


def test_each_token_replays_to_the_same_verdict(shop):
    effects = [shop("till").charge]
    story = Story(shop("flows").order, queues=("high", "low"))
    survey = survey_of(story, effects)
    kinds = {fate.kind: fate for fate in reversed(survey.fates.fates)}
    assert {"unharmed", "twice", "lost"} <= kinds.keys()
    last = survey.orders.fates[-1]
    for fate in [*kinds.values(), last]:
        again = play(story, fate.token, effects)
        assert (again.kind, again.says, again.steps) == (fate.kind, fate.says, fate.steps)


PLACES = range(0, 130, 4)


@pytest.mark.parametrize("at", sampled(PLACES, 3))
def test_the_search_by_state_knows_the_effects(shop, at):
    effects = [shop("till").charge, shop("tasks").ship]
    story = Story(shop("flows").paid, queues=())
    fates = survey_of(story, effects, orders=0).crashes.fates
    seen = fates[at % len(fates)]
    again = play(story, seen.token, effects)
    assert (again.kind, again.says) == (seen.kind, seen.says)


COUNTED = {
    "imported by name": ("paid", "till:charge", "charge('A7')"),
    "the task itself": ("paid", "tasks:reserve", "reserve('A7')"),
    "in a job that a job enqueues": ("nested", "till:charge", "charge('A7')"),
    "a method": ("booked", "till:Gateway.book", "Gateway.book('A7')"),
    "a static method": ("booked", "till:Gateway.refund", "Gateway.refund('A7')"),
    "an id and times as arguments": ("keyed", "till:charge", "charge('A7', 'id time time')"),
    "a callback": ("with_callback", "tasks:told", "told(<Job reserve>, <Redis>, 'A7')"),
}


@pytest.mark.parametrize(("flow", "effect", "call"), sampled(COUNTED.values(), 3))
def test_calls_are_counted_wherever_they_are_made(shop, flow, effect, call):
    story = Story(getattr(shop("flows"), flow))
    effects = [f"ownshop.{effect}"]
    without, plain = play(story), play(story, effects=effects)
    calls = [step.command for step in plain.steps if not step.keys and step.command.endswith(")")]
    assert calls == [call]
    assert len(plain.steps) == len(without.steps) + 1  # each is a place
    twice = [fate.says for fate in survey_of(story, effects, orders=0).harmful]
    assert any(says.endswith(f"{call} happens twice") for says in twice)


def test_calls_are_counted_in_arq(shop):
    soon = shop("soon")
    story = ArqStory(soon.enqueue, soon.WorkerSettings)
    words = told(story, [shop("till").charge_soon, soon.ship])
    assert "charge_soon('A7') happens twice" in words
    assert "after it causes the effect ship('A7')" in words
    fates = assert_survives(story, [shop("till").charge_soon], allow=["twice"])
    assert {fate.kind for fate in fates.fates} == {"unharmed", "twice"}


def test_all_functions_are_back_afterwards(shop, monkeypatch):
    till, tasks, flows = shop("till"), shop("tasks"), shop("flows")
    effects = [till.charge, till.Gateway.book, till.Gateway.refund, shop("soon").charge_soon]
    there = [(tasks, "charge"), (till, "charge"), (shop("soon"), "charge_soon")]
    there += [(till.Gateway, "book"), (till.Gateway, "refund")]
    before = [vars(place)[name] for place, name in there]
    survey_of(Story(flows.booked), effects, orders=0)
    assert [type(vars(place)[name]) for place, name in there] == [*map(type, before)]
    assert [getattr(*one) for one in there][:4] == before[:4]
    with pytest.raises(KeyError):
        assert_survives(Story(flows.broken), effects)
    assert [getattr(*one) for one in there][:4] == before[:4]
    assert not counted_calls._now_counted


def test_a_module_that_is_imported_in_a_run_gets_its_own_functions_back(shop):
    tasks, till = shop("tasks"), shop("till")

    def enqueue(queue):
        reload(tasks)
        shop("flows").paid(queue)

    play(Story(enqueue), effects=[till.charge])
    assert tasks.charge is till.charge and till.charge.__module__ == "ownshop.till"
    assert not hasattr(tasks.charge, "__wrapped__")
    reload(tasks)  # its list holds the counted one


REFUSED = {
    "built in": (len, "len cannot be counted, because it is built into Python"),
    "a class": (Counter, "Counter cannot be counted, because it is no function"),
    "no name": ("charge", "an effect is named module:function"),
    "no module": ("ownshop.no:charge", "the module of the effect ownshop.no:charge is not found"),
    "no function": ("ownshop.till:chrge", "there is no effect ownshop.till:chrge"),
    "in a function": (
        (lambda: lambda order: order)(),
        "cannot be counted, because no module has a name for it",
    ),
    "a generator": ((lambda: (yield)), "because it is a generator"),
}


@pytest.mark.parametrize(("effect", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_counted_is_refused_by_name(shop, effect, why):
    with pytest.raises(CannotCount, match=re.escape(why)):
        assert_survives(Story(shop("flows").paid), [effect])


WARNINGS = {
    "start_thread": "`ownshop.tasks.start_thread` starts a thread",
    "write_file": "`ownshop.tasks.write_file` writes receipt.txt",
    "start_process": "`ownshop.tasks.start_process` starts a process (true)",
    "ask_network": "`ownshop.tasks.ask_network` asks the network (localhost:1)",
    "remember": "`ownshop.tasks.remember` keeps data outside of Redis",
}


@pytest.mark.parametrize(("task", "words"), sampled(WARNINGS.items(), 1))
def test_what_the_stage_cannot_play_is_told_by_name(shop, task, words):
    story = Story(shop("flows").with_reserve(task))
    survey = survey_of(story, orders=0, budget=10)
    assert [one for one in survey.fates.warnings if one.startswith(words)], survey.warnings
    assert f"! {words}" in str(survey)
    assert not every_crash(Story(shop("flows").paid), budget=10).warnings


def test_a_proof_that_proves_little_says_so(shop):
    tasks, flows = shop("tasks"), shop("flows")
    fails = survey_of(Story(flows.offline), [tasks.ship], orders=0, budget=5).warnings
    assert fails[0].startswith("`ask` ends failed even without a crash: ConnectionRefused")
    assert "the effect `ship` does not happen in the run without a crash" in fails
    held = survey_of(Story(flows.paid), [shop("till").charge], orders=0, budget=5).warnings
    assert any(one.startswith("ownshop.tasks.STEPS holds `charge`") for one in held)
    with pytest.raises(NothingToProve, match="nothing enqueues no job"):
        assert_survives(Story(flows.nothing))
    with pytest.raises(NothingToProve, match="as `ask_network`: ConnectionRefusedError"):
        assert_survives(Story(flows.one("ask_network")))


def test_a_test_that_passes_warns_of_what_it_does_not_cover(shop):
    with pytest.warns(NotPlayed, match="write_file` writes receipt.txt") as heard:
        assert_survives(Story(shop("flows").one("write_file")), orders=0, budget=5)
    assert [one.filename for one in heard] == [__file__]


def test_a_job_that_keeps_no_result_is_known_by_its_effects(shop):
    words = told(Story(shop("flows").forgotten), [shop("till").charge], orders=0)
    assert "charge('A7') never happens" in words


def test_the_time_of_a_project_is_that_of_the_stage(shop):
    tasks = shop("tasks")
    names = tasks.sleep, tasks.datetime
    story = Story(shop("flows").one("nap"))  # it sleeps for 100 seconds, and returns the time
    fates = assert_survives(story, orders=0, budget=3)
    assert len(fates.fates) == 3 and fates.warnings == ()
    assert names == (tasks.sleep, tasks.datetime)


def test_two_workers_may_both_look_for_scheduled_jobs(shop):
    fates = every_order(Story(shop("flows").later), preemptions=1)
    assert {fate.kind for fate in fates.fates} == {"unharmed"} and len(fates.fates) > 10


def test_a_client_of_a_task_reaches_the_stage(shop):
    clients = shop("clients")  # their server does not exist

    def shipped(redis) -> Counter:
        return ledger(redis) + Counter(redis.lrange("shipped", 0, -1))

    story = Story(clients.flow, effects=shipped)
    survey = survey_of(story, orders=0)
    assert survey.warnings == ()
    assert {fate.kind for fate in survey.fates.fates} == {"unharmed", "twice", "lost"}
    for fate in survey.harmful[::6]:
        assert play(story, fate.token).says == fate.says
    soon = ArqStory(clients.flow_later, clients.WorkerSettings, effects=ledger)
    assert assert_survives(soon, orders=0).warnings == ()
    pool = clients.till.connection_pool
    assert not pool._in_use_connections and not pool._available_connections


OPTIONS = {
    "json": lambda own: {"serializer": JSONSerializer},
    "classes": lambda own: {"job_class": own.OwnJob, "queue_class": own.OwnQueue},
    "workers": lambda own: {"workers": 2},
    "requeue": lambda own: {"requeue": True},
}


@pytest.mark.parametrize("options", sampled(OPTIONS.values(), 1))
def test_the_settings_of_a_project_are_those_of_its_workers(shop, options):
    story = Story(shop("flows").paid, **options(shop("classes")))
    survey = survey_of(story, [shop("till").charge], budget=90)
    assert {fate.kind for fate in survey.fates.fates} == {"unharmed", "twice"}
    assert survey.warnings[:-1] == ()


def test_a_wrong_serializer_fails_without_a_crash(shop):
    def enqueue(queue):
        queue.serializer = JSONSerializer
        shop("flows").paid(queue)

    assert "failed even without a crash" in str(survey_of(Story(enqueue), orders=0, budget=5))


def test_jobs_without_ids_of_ones_own_have_readable_names(shop):
    words = told(Story(shop("flows").once_only))
    assert "✗ lost after it takes the job from the queue" in words and ": pay 2-" in words
    assert not re.search("[0-9a-f]{8}-", words)


def test_all_that_has_a_picture_prints_its_text(shop):
    story = Story(shop("flows").paid)
    fates = every_crash(story, budget=7)
    assert str(fates).startswith("7 of ") and str(fates.fates[0]).startswith("✓ unharmed, d0")
    assert len(repr(fates)) < 100 and len(repr(fates.fates)) < 1000
    assert repr(fates).startswith("<Fates of 7 runs of ")
    assert repr(fates.fates[0]).startswith("<Fate d0: unharmed, ")
    assert str(every_order(story, budget=3)).startswith("3 of ")


@proof
def test_what_pytest_says_of_fates_fits_a_screen(folder):
    test = folder / "test_fates.py"
    test.write_text(
        "from lesson_code.lab import Story, every_crash\n"
        "from ownshop import flows\n\n\n"
        "def test_it():\n"
        "    paid, order = Story(flows.paid), Story(flows.order, queues=('a', 'b'))\n"
        "    assert every_crash(paid, budget=5) == every_crash(order, budget=5)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 1 and "<Fates of " in ran.stdout
    assert len(ran.stdout) < 6_000


def test_the_page_shows_a_test_that_runs(tmp_path, monkeypatch):
    """The ten lines of docs/take_home.md, for a package as the page describes it."""
    page = (lesson.PROJECT / "docs" / "take_home.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(from lesson_code.lab import Story.+?)```", page, re.DOTALL)
    (report,) = re.findall(r"```text\n(enqueue_order does .+?)```", page, re.DOTALL)
    package = tmp_path / "myshop"
    package.mkdir()
    (package / "__init__.py").touch()
    for name, text in MYSHOP.items():
        (package / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    there = {}
    exec(code, there)
    try:
        with pytest.raises(AssertionError) as failed:
            there["test_an_order_survives_every_crash"]()
    finally:
        for name in [one for one in sys.modules if one.partition(".")[0] == "myshop"]:
            del sys.modules[name]
    if version("rq") == lesson.pins()["rq"]:  # another release has other places
        assert str(failed.value) == report.strip()


MYSHOP = {
    "billing.py": "def charge(order):\n    return f'charged {order}'\n",
    "tasks.py": (
        "from myshop.billing import charge\n\n\n"
        "def reserve(order):\n    return order\n\n\n"
        "def pay(order):\n    return charge(order)\n\n\n"
        "def ship(order):\n    return f'shipped {order}'\n"
    ),
    "flows.py": (
        "from rq import Retry\n\nfrom myshop import tasks\n\n\n"
        "def enqueue_order(high, low):\n"
        "    again = Retry(max=2)\n"
        "    a = high.enqueue(tasks.reserve, 'A7', job_id='reserve', retry=again)\n"
        "    b = high.enqueue(tasks.pay, 'A7', job_id='pay', depends_on=a, retry=again)\n"
        "    low.enqueue(tasks.ship, 'A7', job_id='ship', depends_on=b, retry=again)\n"
    ),
}


# The command line


@pytest.fixture
def prove(folder, monkeypatch, tmp_path):
    """Return a function that runs `prove` with these words, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])  # the command adds the current folder
    return lambda words: CliRunner().invoke(main, ["prove", *words.split()])


def test_prove_prints_the_map_and_writes_the_page(prove, tmp_path):
    ran = prove("ownshop.flows:order --queues high,low --effects ownshop.till:charge")
    assert ran.exit_code == 1, ran.output
    assert len(ran.stdout.splitlines()) <= 40 and "✗ lost" in ran.stdout
    token = re.search(r"--token (\w+)", ran.stdout)[1]
    page = (tmp_path / "crash_map.html").read_text()
    assert token in page and "<h3>↻ twice: 8</h3>" in page and "order does not survive" in page
    assert "color-scheme: light dark" in page
    assert asked_for(page) == set()
    again = prove(
        f"ownshop.flows:order --queues high,low --effects ownshop.till:charge --token {token}"
    )
    assert again.exit_code == 1 and again.stdout.startswith(f"✗ lost, {token}: ")


def asked_for(page: str) -> set[str]:
    """Return the addresses outside of the page that a browser would ask for."""
    found = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.update(value for name, value in attrs if name in ("src", "href"))

    Reader().feed(page)
    assert found
    outside = {address for address in found if not address.startswith("data:")}
    return outside | {*re.findall(r"url\(|@import", page)}


def test_a_chain_that_survives_ends_with_0(prove, tmp_path):
    ran = prove("ownshop.flows:paid --effects ownshop.till:charge --allow twice --no-html")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.startswith("paid survives all ")
    assert [*tmp_path.iterdir()] == []


def test_prove_for_arq(prove):
    words = "ownshop.soon:enqueue --arq ownshop.soon:WorkerSettings --no-html"
    assert prove(words).exit_code == 0
    ran = prove(f"{words} --effects ownshop.till:charge_soon,ownshop.soon:ship")
    assert ran.exit_code == 1 and "ship('A7')" in ran.stdout


ERRORS = {
    "ownshop.nothing:order": "there is no module ownshop.nothing here",
    "ownshop.flows": "write 'ownshop.flows' as module:function",
    "ownshop.flows:ordr": "has no function ordr; did you mean order?",
    "ownshop.flows:order": "order(high, low) cannot be called with the queue default",
    "ownshop.flows:paid --queues a,b": "paid(queue) cannot be called with the queues a, b",
    "ownshop.flows:nothing": "nothing enqueues no job",
    "ownshop.flows:broken": "the chain raises KeyError: 'A7' (",
    "ownshop.bad_import:x": "the module ownshop.bad_import needs no_such_library",
    "ownshop.bad_syntax:x": "cannot be imported: SyntaxError",
    "ownshop.soon:enqueue": "enqueue is a coroutine function: add --arq",
    "ownshop.flows:paid --arq ownshop.soon:WorkerSettings": "paid is no coroutine function",
    "ownshop.soon:enqueue --arq ownshop.soon:Settings": "has no class Settings",
    "ownshop.soon:enqueue --arq ownshop.soon:WorkerSettings --queues a": "--queues is for RQ",
    "ownshop.flows:paid --effects ownshop.till:chrge": "there is no effect ownshop.till:chrge",
    "ownshop.flows:paid --token d9999": "this story has no run 'd9999'",
    "ownshop.flows:paid --token no": "'no' is not a token of a run",
    "ownshop.flows:paid --serializer no.such.Class": "--serializer no.such.Class is not found",
    "ownshop.flows:paid --crashes 3": "3 is not in the range",
}


@pytest.mark.parametrize(("words", "says"), sampled(ERRORS.items(), 4))
def test_an_error_is_a_sentence(prove, words, says):
    ran = prove(f"{words} --no-html")
    assert ran.exit_code == 2 and says in ran.stderr, ran.output
    assert "Traceback" not in ran.output and len(ran.stderr.splitlines()) == 4


def test_help_loads_no_queue(folder):
    code = (
        "import sys\nfrom click.testing import CliRunner\n"
        "from lesson_code.lab.__main__ import main\n"
        "print(CliRunner().invoke(main, ['prove', '--help']).output)\n"
        "print(sorted({'rq', 'arq', 'redis', 'fakeredis'} & {*sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "MODULE:FUNCTION" in ran.stdout and ast.literal_eval(ran.stdout.splitlines()[-1]) == []


PLAIN = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("IPython", "ipywidgets", "jupyterlab", "traitlets"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from lesson_code import lab
missing = []
for name in lab.__all__:
    try:
        getattr(lab, name)
    except ImportError as error:
        missing.append(str(error))
print(missing)
from operator import add
from rq import Queue
with_lab = lab.Lab()
Queue(connection=with_lab.redis).enqueue(add, 1, 2, job_id="sum")
print(lab.work(with_lab))
with_lab.close()
def enqueue(queue):
    queue.enqueue(add, 1, 2, job_id="sum")
print(lab.every_crash(lab.Story(enqueue), budget=3))
"""


def test_without_the_lesson_only_the_notebooks_functions_are_missing():
    run = [sys.executable, "-c", PLAIN]
    ran = subprocess.run(run, cwd=lesson.PROJECT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    missing, job, places = ran.stdout.splitlines()[:3]
    needs = "{} is for notebooks: pip install ipywidgets".format
    assert ast.literal_eval(missing) == [needs(name) for name in ("show", "watch", "what_if")]
    assert job.startswith("sum  ✓ finished") and places.startswith("3 of ")


# No simulation


@pytest.fixture(scope="module")
def lab():
    lab = Lab(real.URL)
    yield lab
    lab.close()


@real.real
@pytest.mark.parametrize("name", sampled(["PAID", "ORDER", "SOON"], 1))
def test_a_real_kill_leaves_what_the_stage_says(shop, lab, name):
    number, wrong = disagreements(f"ownshop.stories:{name}", lab, 2)
    assert (number, wrong) == (2, [])


@proof
@real.own
@pytest.mark.parametrize("arq", ["", " --arq ownshop.soon:WorkerSettings"])
def test_prove_kills_real_workers(prove, arq):
    flow = "soon:enqueue" if arq else "flows:order --queues high,low"
    effects = "--effects ownshop.till:charge,ownshop.till:charge_soon"
    words = f"ownshop.{flow}{arq} {effects} --no-html"
    harmed = re.findall(r"\(d(\d+)\)", prove(words).stdout)
    assert harmed
    ran = prove(f"{words} --real --budget 5")
    assert re.match(r"\w+ (survives all|does not survive \d of) 5 runs", ran.stdout), ran.output
    assert ran.exit_code == ("does not" in ran.stdout) and "!" not in ran.stdout


@pytest.mark.parametrize("option", ["--workers 2", "--requeue"])
def test_a_real_kill_needs_a_single_worker(prove, option):
    ran = prove(f"ownshop.flows:paid --real {option}")
    assert ran.exit_code == 2 and "--real kills the only worker" in ran.stderr


@real.real
@proof
def test_a_wrong_count_would_be_noticed(shop, lab, monkeypatch):
    stories = shop("stories")
    lying = replace(stories.PAID, counts=())

    def of_the_stage(story, token="plain"):
        return play(lying, token)

    monkeypatch.setattr("tools.prove.play", of_the_stage)
    _, wrong = disagreements("ownshop.stories:PAID", lab, 12)
    assert wrong
