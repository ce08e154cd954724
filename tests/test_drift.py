"""A red cell is told as what it is: a fact, other steps, our own code, or what only follows."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import lesson
from tools.drift import __main__ as drift
from tools.drift.__main__ import markdown, told
from tools.drift.cells import Cell, changes


def red(said, says, source="run", notebook="05", **more):
    return Cell(notebook, "A fallback", "one", source, True, said, says, **more)


def words(*cells):
    return [f"{one.kind}: {one.words}" for one in changes(cells)]


def test_a_job_in_another_state_is_a_fact():
    assert words(red(["payment  = deferred"], ["payment  ✓ finished"])) == [
        "fact: payment was deferred; now it is finished"
    ]


def test_a_line_that_has_changed_is_told_with_its_new_words():
    assert words(red(["3 calls", "x"], ["4 calls", "x"])) == [
        "fact: it said '3 calls'; now '4 calls'"
    ]
    assert words(red(["gone", "x"], ["x"])) == ["fact: it no longer says 'gone'"]
    (same,) = words(
        red(["1"], ["at datetime.datetime(2026, 11, 27, tzinfo=datetime.timezone.utc)"])
    )
    assert same == "fact: it said '1'; now 'at datetime(…)'"
    assert words(red(["x"], ["x", "more"])) == ["fact: now also 'more'"]


def test_the_same_lines_in_another_order():
    assert words(red(["a", "b"], ["b", "a"])) == ["order: the same lines come in another order"]


def test_more_steps_to_the_same_end_are_no_fact_but_more_losses_are():
    step = " > {}  worker-1  beats its heart  EXPIRE"
    said, longer = ["86 places: 3 lost (d25)", step.format(9)], ["87 places: 3 lost (d26)"]
    assert words(red(said, longer)) == ["steps: other steps to the same end"]
    (lost,) = words(red(said, ["87 places: 4 lost (d26)"]))
    assert lost.startswith("fact: it said '86 places: 3 lost (d25)'; now '87 places: 4 lost (d26)'")


def test_an_error_is_a_fact_or_our_code_that_must_follow():
    error = "TypeError: no"
    assert words(red(["1"], [error], error=error)) == ["fact: it did not fail; now 'TypeError: no'"]
    assert words(red(["1"], [error], error=error, ours="lab/run.py:7")) == [
        "our code: lab/run.py:7 raises 'TypeError: no'"
    ]


def test_what_needs_a_cell_that_stopped_only_follows_until_its_names_are_made_again():
    stops = Cell("05", "", "first", "run = work(lab)", True, [], [], error="TypeError: no")
    follows = Cell("05", "", "b", "run['a']", True, ["1"], [], error="NameError: run")
    again = Cell("05", "", "c", "run = 3", False, [], [])
    after = Cell("05", "", "d", "run + 1", True, ["4"], ["5"])
    other = Cell("06", "", "e", "run + 1", True, ["4"], ["5"])
    assert words(stops, follows, again, after, other) == [
        "fact: it did not fail; now 'TypeError: no'",
        "follows: it needs what the cell first makes",
        "fact: it said '4'; now '5'",
        "fact: it said '4'; now '5'",
    ]


def test_the_line_of_versions_is_never_red():
    cell = Cell("00", "", "check", "check()", True, ["rq 2"], ["rq 3"])
    assert [one.kind for one in changes([cell])] == ["versions"]


def test_the_report_tells_facts_a_line_each_and_other_steps_in_one():
    steps = [red(["86 places"], ["87 places"], notebook=number) for number in ("09", "11", "11")]
    found = changes([red(["payment  = deferred"], ["payment  ✓ finished"]), *steps])
    report = told("rq 3.0.0", [], list(found))
    assert report == (
        "rq 3.0.0: 1 fact, 3 steps\n"
        '[fact] 05, "A fallback": payment was deferred; now it is finished\n'
        "[steps] 09, 11: other steps to the same end, in 3 cells\n"
    )
    assert markdown(report).startswith("**rq 3.0.0: 1 fact, 3 steps**\n\n- [fact] 05")
    assert told("rq 2.12.0", [], []) == "rq 2.12.0: nothing has changed\n"
    hooks = told("rq 4", ["RQ 4 has no Queue: rq.py must follow"], [])
    assert "were not run" in hooks and hooks.endswith(
        "[hook] RQ 4 has no Queue: rq.py must follow\n"
    )


def test_a_notebook_that_says_something_else_is_told(tmp_path):
    """The plugin, from a notebook to the sentence."""
    stored = [new_output("stream", text="payment  = deferred\n")]
    cells = [
        new_markdown_cell("# A title\n\n## A fallback"),
        new_code_cell("state = '✓ finished'"),
        new_code_cell("print('payment ', state)", outputs=stored),
        new_code_cell("1 / 0"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "05_a.ipynb")
    file = tmp_path / "cells"
    plugin = ["-q", "-p", "tools.drift.plugin", "-p", "no:cacheprovider", "--nbval"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, tmp_path / "05_a.ipynb"],
        cwd=lesson.PROJECT,
        env=os.environ | {"DRIFT_CELLS": str(file)},
        capture_output=True,
    )
    found = [Cell(*json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [str(one) for one in changes(found)] == [
        '[fact] 05, "A fallback": payment was deferred; now it is finished',
        "[fact] 05, \"A fallback\": it did not fail; now 'ZeroDivisionError: division by zero'",
    ]


def test_notebooks_that_were_cut_off_are_not_told_as_unchanged(tmp_path, monkeypatch):
    python = tmp_path / "python"
    line = json.dumps(Cell("05", "", "a", "1", False, [], []))
    python.write_text(f"#!/bin/sh\necho '{line}' >> $DRIFT_CELLS\nkill -9 $$\n")
    python.chmod(0o755)
    monkeypatch.setattr(drift, "BUILD", tmp_path)
    with pytest.raises(SystemExit, match=r"did not run to the end \(-9\)"):
        drift.cells(python)
