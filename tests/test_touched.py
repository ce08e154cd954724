"""A second run, with a REDIS_URL, leaves out only the tests that never look for it."""

import json
import os
import subprocess
import sys

import pytest

from tests.sampling import proof
from tools import lesson, touched

LOOKS = "    'REDIS_URL' in os.environ\n"
TWO = "def test_looks({0}):\n    {1}\ndef test_other({0}):\n    pass\n"
SHARED = "import os, pytest\n@pytest.fixture(scope='module')\ndef url():\n" + LOOKS
FILES = {  # a file, and which of its two tests are untouched
    "test_one.py": ("import os\n" + TWO.format("", "os.environ.get('REDIS_URL')"), ["test_other"]),
    "test_all.py": ("import os\n" + TWO.format("", "dict(os.environ)"), ["test_other"]),
    "test_go.py": (
        "import subprocess\n" + TWO.format("", "subprocess.run(['true'])"),
        ["test_other"],
    ),
    "test_ends.py": (
        "import os, pytest\n@pytest.fixture\ndef url():\n    yield\n"
        + LOOKS
        + TWO.format("url", "pass"),
        [],
    ),
    "test_shared.py": (SHARED + TWO.format("url", "pass"), []),
    "test_beside.py": (
        SHARED + TWO.format("url", "pass").replace("other(url)", "other()"),
        ["test_other"],
    ),
    "test_keeps.py": (
        "import functools, os\n@functools.cache\ndef url():\n" + LOOKS + TWO.format("", "url()"),
        [],
    ),
    "test_loaded.py": (
        "import os\nHERE = 'REDIS_URL' in os.environ\n" + TWO.format("", "HERE"),
        [],
    ),
    "test_none.py": (
        "import os\n" + TWO.format("", "os.environ.get('HOME')"),
        ["test_looks", "test_other"],
    ),
}


def run(folder, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tools.touched", "-p", "no:nbval"]
    command += ["-p", "no:hypothesispytest", "-p", "no:cacheprovider", "-c", folder / "pytest.ini"]
    path = os.environ | {"PYTHONPATH": str(lesson.PROJECT)}
    ran = subprocess.run(
        [*command, *options, folder], cwd=folder, env=path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@proof
@pytest.mark.parametrize("spread", [(), ("--numprocesses=2",)], ids=["one process", "two"])
def test_who_looks_is_touched_and_runs_again(tmp_path, spread):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name, (source, _) in FILES.items():
        (tmp_path / name).write_text(source)
    noted = tmp_path / "noted"
    run(tmp_path, f"--note-untouched={noted}", *spread)
    wanted = [f"{name}::{test}" for name, (_, tests) in FILES.items() for test in tests]
    assert json.loads(noted.read_text()) == sorted(wanted)
    assert f"12 passed, {len(wanted)} deselected" in run(tmp_path, f"--leave-out={noted}")


@proof
def test_a_test_that_the_first_run_did_not_have_is_run(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_new.py").write_text("def test_it():\n    pass\n")
    (tmp_path / "noted").write_text('["test_old.py::test_it"]')
    assert "1 passed" in run(tmp_path, f"--leave-out={tmp_path / 'noted'}")


@pytest.mark.parametrize(("file", "module"), [
    ("tests/test_kill9.py", "tests.real"),
    ("tests/test_waiting.py", "lesson_code.examples.arq_album"),
    ("tests/test_race.py", "lesson_code.lab.server.own"),  # by way of tools.drift.race
])  # fmt: skip
def test_what_a_file_mentions_is_known(file, module):
    assert module in touched.mentioned(lesson.PROJECT / file)
    assert module not in touched.mentioned(lesson.PROJECT / "tests/test_weather.py")
