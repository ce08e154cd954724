"""The benchmark compares two trees in turn, counts every process, and names each missed bar."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from lesson_code.exercises.exercise import exercises
from tests import stories
from tests.recipes import ALL
from tools.bench import checks, in_turn, search, suite
from tools.bench.__main__ import PARTS, chosen
from tools.bench.figures import Figure, amount, failed, ratio, too_busy, verdicts
from tools.bench.in_turn import Broken, Ran
from tools.bench.trees import NoCommit, Setting, checked_out
from tools.lesson import PROJECT

THIRD = Fraction(1, 3)
SETTING = Setting(Path("then"), Path("now"))
ORPHAN = """
import subprocess, sys
end = "import time\\nwhile time.process_time() < 0.5: pass\\n"
subprocess.Popen([sys.executable, "-c", end], start_new_session=True)
"""


def found(seconds, case="CHAIN", outlived=0.0, kind="unharmed"):
    cases = {case: {"seconds": seconds, "verdicts": [["t", kind]]}}
    return Ran({"cases": cases, "spent": 10.0}, 10.0 + outlived, 11.0)


def checked(seconds, processor, solved=True, busy=False):
    verdict = ["order_chain, right 0", solved]
    told = [
        {"kind": kind, "seconds": seconds, "verdict": verdict, "busy": busy}
        for kind in ("right", "wrong")
    ]
    return Ran({"checks": told, "kept": []}, processor, seconds)


# a figure


def test_a_ratio_is_of_medians_and_holds_up_to_its_bar():
    assert ratio("it", [4, 90, 4], [2, 2, 50], Fraction(1, 2)).holds
    assert not ratio("it", [3, 3, 0.1], [1.1, 1.1, 0], THIRD).holds
    assert ratio("it", [3], [1]).holds is None


def test_a_figure_tells_its_ratio_its_bar_and_its_mark():
    line = str(ratio("every_crash", [3], [2], THIRD))
    assert line.startswith("✗ every_crash") and "0.667 ×  at most 1/3" in line


@pytest.mark.parametrize("then, now", [([], [1]), ([1], []), ([0], [1])])
def test_a_ratio_of_nothing_is_an_error(then, now):
    with pytest.raises(ValueError, match="nothing to compare"):
        ratio("it", then, now)


def test_a_bar_by_the_clock_is_not_judged_on_a_busy_machine():
    assert not amount("it", 4, "s", 3).holds
    assert amount("it", 3, "s", 3).holds
    busy = amount("it", 4, "s", 3, too_busy(1000))
    assert busy.holds is None and "load" in busy.text
    assert too_busy(0) == ""


def test_verdicts_must_be_equal_one_by_one():
    assert verdicts("it", ["a", "b"], ["a", "b"]).holds
    other = verdicts("it", ["a", "b"], ["a", "c"])
    assert not other.holds and other.strict and "'b', and is 'c'" in other.text
    assert not verdicts("it", ["a", "b"], ["a"]).holds
    with pytest.raises(ValueError, match="no verdict"):
        verdicts("it", [], [])


def test_the_short_form_fails_by_verdicts_only():
    slow, other = Figure("slow", "", False), Figure("other", "", False, strict=True)
    figures = [slow, other, Figure("good", "", True), Figure("told", "")]
    assert failed(figures, short=False) == [slow, other]
    assert failed(figures, short=True) == [other]


# two trees


def test_the_two_trees_take_turns(monkeypatch):
    order = []
    monkeypatch.setattr(in_turn, "run", lambda tree, *asked: order.append(tree.name))
    in_turn.in_turn(SETTING, "search", {})
    assert order == ["then", "now"] * 3


def test_a_program_that_measured_another_tree_is_refused(monkeypatch, tmp_path):
    ran = {"status": 0, "out": json.dumps({"tree": "/else"}), "processor": 1, "clock": 1, "peak": 0}
    monkeypatch.setattr(in_turn, "metered", lambda *given: ran)
    with pytest.raises(Broken, match="has measured /else"):
        in_turn.run(tmp_path, "search", {})


def test_a_program_that_fails_tells_why(monkeypatch, tmp_path):
    monkeypatch.setattr(in_turn, "PROGRAMS", tmp_path)
    (tmp_path / "search.py").write_text("raise ValueError('no such story')")
    with pytest.raises(Broken, match="no such story"):
        in_turn.run(PROJECT, "search", {})


@pytest.fixture
def repository(tmp_path):
    """A repository of two commits; returns its folder and the first commit."""
    folder = tmp_path / "project"
    folder.mkdir()

    def git(*arguments):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "--quiet")
    for text in ("then", "now"):
        (folder / "file").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "--message", text)
    return folder, git("rev-parse", "HEAD~1")


def test_the_earlier_tree_comes_from_the_repository_and_does_not_stay(repository):
    folder, first = repository
    with checked_out(first, folder) as tree:
        assert (tree / "file").read_text() == "then"
    assert not tree.exists() and not tree.parent.exists()
    assert (folder / "file").read_text() == "now"
    assert not (folder / ".git" / "worktrees").exists()


def test_a_clone_without_the_commit_and_a_folder_without_git_are_told(repository, tmp_path):
    folder, _ = repository
    (tmp_path / "tarball").mkdir()
    with pytest.raises(NoCommit, match="shallow"), checked_out("1234567", folder):
        pass
    tarball = checked_out("1234567", tmp_path / "tarball")
    with pytest.raises(NoCommit, match="not a git repository"), tarball:
        pass


# what is counted


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands over orphans")
def test_a_process_that_outlives_the_program_is_counted():
    ran = in_turn.metered(PROJECT, PROJECT, [sys.executable, "-c", ORPHAN])
    assert ran["clock"] < ran["processor"] and 0.5 <= ran["processor"] < 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands over orphans")
def test_a_process_that_does_not_end_is_ended_and_told():
    endless = ORPHAN.replace("< 0.5", ">= 0")
    code = (
        "import sys; from tools.bench import meter; meter.GRACE = 0.2\n"
        "print(meter.measure('.', 0, [sys.executable, '-c', sys.argv[1]])['left'])"
    )
    command = [sys.executable, "-c", code, endless]
    told = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert "process_time() >= 0" in told.stdout


def test_memory_is_that_of_all_processes_at_the_peak():
    hold = "import time; held = bytearray(60_000_000); time.sleep(1)"
    ran = in_turn.metered(PROJECT, PROJECT, [sys.executable, "-c", hold], sample=0.1)
    assert 60 < ran["peak"] < 200


# the parts


def test_each_case_of_a_search_is_compared():
    pairs = [(found(6.0), found(1.0))] * 3
    time, same = search.compared("every_crash", pairs, Fraction(1, 6))
    assert time.holds and same.holds
    pairs = [(found(6.0), found(1.1, kind="lost"))] * 3
    time, same = search.compared("every_crash", pairs, Fraction(1, 6))
    assert not time.holds and not same.holds


def test_a_case_of_one_tree_only_is_told_and_all_of_them_are_an_error():
    then, now = found(1.0), found(1.0)
    now.said["cases"]["new"] = now.said["cases"]["CHAIN"]
    assert "only in this tree" in [*search.compared("it", [(then, now)], THIRD)][-1].text
    with pytest.raises(Broken, match="no case in common"):
        [*search.compared("it", [(found(1), found(1, case="other"))], THIRD)]


def test_a_search_may_leave_no_work_to_processes_that_outlive_it():
    with pytest.raises(Broken, match=r"2\.00 s of processor time"):
        [*search.compared("it", [(found(6), found(1, outlived=2.0))], THIRD)]


def test_what_a_run_takes_without_its_checks_is_subtracted(monkeypatch):
    def in_turn_(setting, program, asked):
        both = (5.0, 4.0) if asked["warm_up"] else (11.0, 6.0)
        return [tuple(checked(0.4, processor) for processor in both)]

    monkeypatch.setattr(checks, "in_turn", in_turn_)
    first, same, *_ = checks.figures(SETTING)
    assert first.holds and "0.333 ×" in first.text and same.holds  # (6 - 4) / (11 - 5)


def test_another_verdict_of_a_check_is_told(monkeypatch):
    pair = checked(0.4, 9.0), checked(0.4, 9.0, solved=False)
    empty = checked(0.4, 1.0), checked(0.4, 1.0)
    monkeypatch.setattr(
        checks, "in_turn", lambda s, p, asked: [empty if asked["warm_up"] else pair]
    )
    assert "2 of 2 verdicts differ" in [*checks.figures(SETTING)][1].text


def test_a_check_without_a_verdict_stops_the_benchmark(monkeypatch):
    pair = checked(0.4, 9.0), checked(0.4, 9.0, busy=True)
    monkeypatch.setattr(checks, "in_turn", lambda *given: [pair])
    with pytest.raises(Broken, match="busy"):
        [*checks.figures(SETTING)]


def test_the_memory_of_a_warm_judge_is_what_its_processes_hold_together():
    kept = [{"rss": 100.0, "pss": 70.0}, {"rss": 90.0, "pss": 60.0}]
    together, largest = checks.memory(Ran({"kept": kept}, 1, 1))
    assert not together.holds and "130.00 MB" in together.text and "100.00 MB" in largest.text


def test_all_that_is_measured_exists():
    assert all(hasattr(stories, name) for name in search.ORDERS)
    names = [f"{engine} {one.name}" for engine, one in ALL]
    assert {*search.FEW_RECIPES} <= {*names} and {*checks.SAMPLE} <= {*exercises()}
    assert all((PROJECT / test).exists() for test in suite.FEW)


def test_the_suite_is_measured_only_when_it_is_asked_for():
    every = [*PARTS]
    assert chosen([]) == ([part for part in every if part != "suite"], False)
    assert chosen(["all"]) == (every, False) and chosen(["short"]) == (every, True)
    assert chosen(["suite", "crashes"]) == (["crashes", "suite"], False)
    with pytest.raises(SystemExit, match="deths: unknown"):
        chosen(["deths"])
