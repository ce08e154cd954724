"""A second run, with a REDIS_URL, leaves out only the files that never look for it."""

import os
import subprocess
import sys

import pytest

from tests.sampling import proof
from tools import lesson, touched

FILES = {
    "test_looks.py": "import os\ndef test_it():\n    os.environ.get('REDIS_URL')\n",
    "test_goes_through.py": "import os\ndef test_it():\n    dict(os.environ)\n",
    "test_starts.py": "import subprocess\ndef test_it():\n    subprocess.run(['true'])\n",
    "test_in_a_fixture.py": (
        "import os, pytest\n@pytest.fixture\ndef url():\n    yield\n    'REDIS_URL' in os.environ\n"
        "def test_it(url):\n    pass\n"
    ),
    "test_other.py": "import os\ndef test_it():\n    os.environ.get('HOME')\n",
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
def test_who_looks_is_noted_and_runs_again(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name, source in FILES.items():
        (tmp_path / name).write_text(source)
    noted = tmp_path / "noted"
    run(tmp_path, f"--note-touched={noted}")
    assert noted.read_text().split("\n") == sorted(FILES.keys() - {"test_other.py"})
    assert "4 passed, 1 deselected" in run(tmp_path, f"--only-touched={noted}")


@pytest.mark.parametrize(("file", "module"), [
    ("tests/test_kill9.py", "tests.real"),
    ("tests/test_waiting.py", "lesson_code.examples.arq_album"),
    ("tests/test_race.py", "lesson_code.lab.server.own"),  # by way of tools.drift.race
])  # fmt: skip
def test_what_a_file_mentions_is_known(file, module):
    assert module in touched.mentioned(lesson.PROJECT / file)
    assert module not in touched.mentioned(lesson.PROJECT / "tests/test_weather.py")
