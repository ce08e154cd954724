"""make mutants: a change that no test notices has a verdict, or is reported."""

import subprocess
from contextlib import suppress
from itertools import count
from pathlib import Path

import psutil
import pytest

pytest.importorskip("mutmut", reason="comes with make .venv/mutants")

from tests.sampling import proof, sampled
from tools import lesson
from tools.mutants import __main__ as program
from tools.mutants import trial
from tools.mutants.changes import Change, dotted, mutants, of_file

CODE = '''\
"""A room with one module."""


def double(number):
    return number * 2


class Sum:
    def of(self, numbers):
        return sum(numbers) + 1
'''
TESTS = """\
from lesson_code.room.module import Sum, double


def test_double():
    assert double(2) == 4


def test_sum():
    assert Sum().of([1]) > 0
"""
DOUBLE, SUM = "lesson_code.room.module.double", "lesson_code.room.module.Sum.of"
SURVIVOR = Change(SUM, "- return sum(numbers) + 1\n+ return sum(numbers) + 2")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one room, one module and two tests, one of which is too weak."""
    project = tmp_path / "project"
    files = {
        "lesson_code/room/module.py": CODE,
        "tests/test_room.py": TESTS,
        "notebooks/test_notebook.py": "def test_nothing():\n    pass\n",
        "pytest.ini": "[pytest]\naddopts = -p no:hypothesispytest",  # that takes a second
    }
    for path, text in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    subprocess.run(["git", "add", "."], cwd=project, check=True)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # few machines have it
    monkeypatch.setattr(lesson, "PROJECT", project)
    monkeypatch.setattr(program, "BUILD", tmp_path / "build")
    monkeypatch.setattr(program, "ROOMS", {"room": program.Room(80, 1, ["quick", "notebooks"])})
    monkeypatch.setattr(program.signal, "signal", lambda *args: None)  # pytest's own Ctrl+C
    return project


@pytest.fixture
def verdict(project, monkeypatch):
    """What is said of the survivor; no test runs."""
    said = {}
    monkeypatch.setattr(program, "verdicts", lambda: {SURVIVOR: said})
    monkeypatch.setattr(program, "failure", lambda folder, tests: None)
    monkeypatch.setattr(
        program, "survives", lambda mutant, tests, copies: mutant.change == SURVIVOR
    )
    return said


@proof
def test_a_survivor_without_a_verdict_is_told(project, capsys):
    assert program.main(["room"]) == 1
    told = f"\nno verdict on a survivor:\n{SURVIVOR}\n"
    ends = "room: 80.0 % of 5 noticed (bar: 80 %)\n"
    assert capsys.readouterr().out == f"room: 5 mutants\n....s\n{ends}{told}"


@pytest.mark.parametrize(("said", "told"), [
    ({"verdict": "no"}, "5 mutants\n....s\nroom: 80.0 % of 5"),
    ({"verdict": "no", "same": True}, "4 mutants\n....\nroom: 100.0 % of 4"),
])  # fmt: skip
def test_one_with_a_verdict_is_not(verdict, capsys, said, told):
    verdict |= said
    assert program.main([]) == 0
    assert capsys.readouterr().out == f"room: {told} noticed (bar: 80 %)\n"


def test_too_many_survivors_are_not_good_enough(verdict, monkeypatch):
    monkeypatch.setattr(program, "ROOMS", {"room": program.Room(81, 1, [])})
    assert program.main(["room"]) == 1


@proof
def test_tests_that_fail_without_a_mutant_end_it(project):
    (project / "tests/test_room.py").write_text(TESTS.replace("4", "5"), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"(?s)The tests fail without any mutant:.*double\(2\)"):
        program.main(["room"])


@proof
def test_what_a_notebook_alone_notices_is_noticed(project):
    (project / "lesson_code/room/module.py").write_text("1 / 0", encoding="utf-8")
    (project / "tests/test_room.py").write_text("def test_it():\n    pass\n", encoding="utf-8")
    notices = "import lesson_code.room.module\n"
    (project / "notebooks/test_notebook.py").write_text(notices, encoding="utf-8")
    quick, notebooks = trial.rounds("lesson_code.room.module", ["quick", "notebooks"])
    assert trial.failure(project, quick) is None
    assert "ZeroDivisionError" in trial.failure(project, notebooks)


def test_each_change_that_mutmut_knows_is_made_once_at_one_place(project):
    found = [(mutant.change.function, mutant.code) for mutant in mutants("room", 1)]
    assert found == [
        (DOUBLE, CODE.replace("number * 2", "number / 2")),
        (DOUBLE, CODE.replace("number * 2", "number * 3")),
        (SUM, CODE.replace("+ 1", "- 1")),
        (SUM, CODE.replace("(numbers)", "(None)")),
        (SUM, CODE.replace("+ 1", "+ 2")),
    ]


def test_a_sample_does_not_hang_on_what_else_is_in_the_file(project):
    one_in = next(n for n in count(2) if 0 < len(list(mutants("room", n))) < 5)
    before = [mutant.change for mutant in mutants("room", one_in)]
    more = CODE + "\n\ndef first(words):\n    return words[0] + str(1)\n"
    (project / "lesson_code/room/module.py").write_text(more, encoding="utf-8")
    after = [mutant.change for mutant in mutants("room", one_in)]
    assert [one for one in after if "first" not in one.function] == before


HANGS = ["-o", "faulthandler_timeout=1", "-o", "faulthandler_exit_on_timeout=true"]


@pytest.mark.parametrize(("name", "value"), sampled([("HANGS", HANGS), ("LIMIT", 1)], 1))
def test_a_mutant_that_hangs_is_noticed(project, monkeypatch, name, value):
    hangs = "def test_it():\n    while True:\n        pass\n"
    (project / "tests/test_room.py").write_text(hangs, encoding="utf-8")
    monkeypatch.setattr(trial, name, value)
    assert trial.failure(project, ["tests"]) is not None


@proof
def test_what_the_tests_leave_behind_is_killed(project):
    leaves = "import subprocess\n\ndef test_it():\n    it = subprocess.Popen(['sleep', '999'])\n"
    leaves += "    open('pid', 'w').write(str(it.pid))\n    it.returncode = 0\n"
    (project / "tests/test_room.py").write_text(leaves, encoding="utf-8")
    assert trial.failure(project, ["tests"]) is None
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int((project / "pid").read_text())).wait(timeout=60)


def test_a_slow_test_is_one_that_there_is():
    files = {file.stem.removeprefix("test_") for file in Path(__file__).parent.glob("test_*.py")}
    assert files >= trial.SLOW | trial.NOT_OF_THE_CODE
    named = {
        one for room in program.ROOMS.values() for names in room.tests for one in names.split()
    }
    assert trial.SLOW <= named <= files | {"quick", "notebooks"}


def test_the_nearest_tests_are_the_first():
    slow, quick = trial.rounds("lesson_code.exercises.check.verify", ["judge", "quick"])
    assert slow == ["tests/test_judge.py"]
    assert quick.index("tests/test_learner.py") < quick.index("tests/test_chaining.py")
    assert not {"tests/test_project.py", "tests/test_recipes.py"} & set(quick)


@proof
def test_there_is_a_verdict_on_each_that_is_listed_and_no_verdict_on_what_is_gone():
    known = program.verdicts()
    assert all(one["verdict"] for one in known.values())
    modules = [
        file.relative_to(lesson.PROJECT) for file in lesson.PROJECT.rglob("lesson_code/**/*.py")
    ]
    named = {
        path for path in modules for one in known if one.function.startswith(f"{dotted(path)}.")
    }
    assert set(known) <= {mutant.change for path in named for mutant in of_file(path)}


def test_a_room_that_there_is_not_is_told():
    with pytest.raises(SystemExit, match="There is no room labs; there are patterns, with_rq"):
        program.main(["labs"])
