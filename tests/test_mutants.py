"""make mutants: who survives is told by what was changed, and has a verdict or is told."""

import tomllib

import pytest

from tools import lesson, mutants
from tools.mutants import Survivor

SHOWN = """\
# lesson_code.patterns.once.xǁOnceǁ__init____mutmut_5: survived
--- lesson_code/patterns/once.py
+++ lesson_code/patterns/once.py
@@ -1,3 +1,3 @@
 def once():
-    wait = 1
+    wait = 2
"""
CHANGE = "- wait = 1\n+ wait = 2"


@pytest.fixture
def results(monkeypatch, tmp_path):
    """What mutmut says of the mutants, by their names; no mutmut runs."""
    results = {}

    def mutmut(folder, *words, quiet=True):
        told = {"results": "".join(f"    {name}: {end}\n" for name, end in results.items())}
        return told.get(words[0], SHOWN)

    monkeypatch.setattr(mutants, "mutmut", mutmut)
    monkeypatch.setattr(mutants, "copy", lambda name: tmp_path)
    monkeypatch.setattr(mutants, "second_look", lambda folder, mutant: mutant.endswith("_2"))
    monkeypatch.setattr(mutants, "verdicts", lambda: {})
    return results


def add(results, ends):
    results |= {f"lesson_code.patterns.once.x_once__mutmut_{n}": end for n, end in ends.items()}


def test_a_survivor_without_a_verdict_is_told(results, capsys):
    add(results, {n: "killed" for n in range(3, 40)} | {1: "survived", 2: "no tests"})
    assert mutants.main(["patterns"]) == 1
    assert capsys.readouterr().out == (
        "patterns: 97.4 % of 39 noticed (bar: 95 %)\n\n"
        f"no verdict on a survivor:\nlesson_code.patterns.once.once\n{CHANGE}\n"
    )


@pytest.mark.parametrize(("verdict", "told"), [
    ({"verdict": "no"}, "patterns: 97.4 % of 39 noticed (bar: 95 %)\n"),
    ({"verdict": "no", "same": True}, "patterns: 100.0 % of 38 noticed (bar: 95 %)\n"),
])  # fmt: skip
def test_one_with_a_verdict_is_not(results, monkeypatch, capsys, verdict, told):
    add(results, {n: "killed" for n in range(2, 40)} | {1: "survived"})
    known = {Survivor("lesson_code.patterns.once.once", CHANGE): verdict}
    monkeypatch.setattr(mutants, "verdicts", lambda: known)
    assert mutants.main(["patterns"]) == 0
    assert capsys.readouterr().out == told


def test_too_many_survivors_are_not_good_enough(results, monkeypatch, capsys):
    add(results, {1: "killed", 3: "survived"})
    known = {Survivor("lesson_code.patterns.once.once", CHANGE): {"verdict": "no"}}
    monkeypatch.setattr(mutants, "verdicts", lambda: known)
    assert mutants.main(["patterns"]) == 1


def test_a_method_has_its_name_as_python_writes_it(results, tmp_path):
    name = "lesson_code.patterns.once.xǁOnceǁ__init____mutmut_5"
    assert mutants.survivor(tmp_path, name) == Survivor(
        "lesson_code.patterns.once.Once.__init__", CHANGE
    )


def test_a_copy_of_the_project_changes_one_room_only(tmp_path, monkeypatch):
    monkeypatch.setattr(mutants, "BUILD", tmp_path)
    folder = mutants.copy("exercises.check")
    settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["mutmut"]["only_mutate"] == ["lesson_code/exercises/check/*"]
    code = "lesson_code/patterns/once.py"
    assert (folder / code).read_bytes() == (lesson.PROJECT / code).read_bytes()


def test_there_is_a_verdict_on_each_that_is_listed():
    assert all(one["verdict"] for one in mutants.verdicts().values())


def test_a_room_that_there_is_not_is_told():
    with pytest.raises(SystemExit, match="There is no room labs; there are patterns, with_rq"):
        mutants.main(["labs"])
