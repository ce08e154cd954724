"""make costs: the time of a test is counted, even in processes that it has started."""

import subprocess
import sys
from collections import Counter
from datetime import date

from tools import costs

BURN = "import time\nwhile time.process_time() < 0.4: pass\n"


def test_what_a_process_spends_counts_while_it_lives_and_after_it_was_waited_for():
    before = costs.spent()
    child = subprocess.Popen(
        [sys.executable, "-c", f"{BURN}print(flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    child.stdout.readline()
    alive = costs.spent() - before
    child.communicate(b"\n")
    ended = costs.spent() - before
    assert 0.35 < alive < ended + 0.05 and ended < 4


def test_the_dear_files_and_the_dearest_tests_are_told():
    spent = Counter({"a.py::one": 60.0, "a.py::two": 39.04, "b.py::three": 0.6, "c.py::four": 0.36})
    text = costs.told(spent, date(2026, 11, 29))
    assert "4 tests cost 100 s" in text and "last, 2026-11-29;" in text
    assert text[text.index("| file") :] == (
        "| file | tests | seconds | share |\n| --- | --- | --- | --- |\n"
        "| a.py | 2 | 99 | 99 % |\n| 2 other files | 2 | 1.0 | 1 % |\n\n"
        "| the dearest tests | seconds | share |\n| --- | --- | --- |\n"
        "| a.py::one | 60 | 60 % |\n| a.py::two | 39 | 39 % |\n"
        "| b.py::three | 0.6 | 1 % |\n| c.py::four | 0.4 | 0 % |\n"
    )


def test_the_dearest_files_are_read_from_what_was_told(tmp_path, monkeypatch):
    dear = {"tests/a.py::one": 5.0, "notebooks/09_b.ipynb::Cell 1": 9.0, costs.START: 7.0}
    cheap = {"tests/c.py::two": 0.01}
    monkeypatch.setattr(costs, "FILE", tmp_path / "costs.md")
    costs.FILE.write_text(costs.told(Counter(dear | cheap), date(2026, 11, 29)))
    assert costs.dearest_files() == ["notebooks/09_b.ipynb", "tests/a.py"]
