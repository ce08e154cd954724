"""Pictures tell what a Run says, to the eye and in words, in the light and in the dark."""

import itertools
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from arq.jobs import JobStatus as ArqStatus
from rq.job import JobStatus as RqStatus

from lesson_code.lab.pictures import job_graph, timeline
from lesson_code.lab.pictures.compared import compared
from lesson_code.lab.pictures.graph import AMBER, RED
from lesson_code.lab.pictures.layout import boxes, levels
from lesson_code.lab.pictures.svg import EDGE
from lesson_code.lab.record import Event, JobRecord, Run
from lesson_code.lab.states import LOOKS, look
from tools.bench_pictures import JOBS, deep, dense, wide

WHITE, BLACK = "#ffffff", "#111111"  # JupyterLab's two pages
STATES = sorted({status.value for status in (*RqStatus, *ArqStatus)} | set(LOOKS))
SVG = "{http://www.w3.org/2000/svg}"


def graph_of(*jobs: str) -> Run:
    """A run from lines like "c after a b": every job has finished."""
    split = [line.split(" after ") for line in jobs]
    return Run(
        tuple(
            JobRecord(name, "task", "finished", tuple(after[0].split()) if after else ())
            for name, *after in split
        )
    )


def svg_in(picture) -> ElementTree.Element:
    """Return the SVG as a browser gets it from the <img>."""
    html = picture._repr_mimebundle_()["text/html"]
    source = re.search(r'src="data:image/svg\+xml,([^"]*)"', html)[1]
    return ElementTree.fromstring(unquote(source.replace("\n", "")))


def labels(picture) -> list[str]:
    return [text.text for text in svg_in(picture).iter(f"{SVG}text")]


def rectangles(picture) -> list[tuple[float, float, float, float]]:
    return [
        tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
        for rect in svg_in(picture).iter(f"{SVG}rect")
    ]


def luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("state", [s.value for s in RqStatus] + [s.value for s in ArqStatus])
def test_every_state_of_the_libraries_has_a_look(state):
    assert state in LOOKS


@pytest.mark.parametrize("state", STATES)
def test_text_is_readable_and_a_box_stands_out_on_both_pages(state):
    assert contrast(look(state).line, look(state).fill) >= 4.5
    assert contrast("#1a1a1a", look(state).fill) >= 4.5
    for page in (WHITE, BLACK):
        assert max(contrast(look(state).line, page), contrast(look(state).fill, page)) >= 3
        assert contrast(EDGE, page) >= 3


def test_no_two_states_of_one_library_look_the_same():
    for statuses in (RqStatus, ArqStatus):
        signs = [(look(s.value).glyph, look(s.value).word) for s in statuses]
        assert len(set(signs)) == len(signs)


def test_a_state_of_a_later_version_is_drawn_with_its_own_word():
    run = Run((JobRecord("a", "task", "half_done"),))
    assert labels(job_graph(run)) == ["a", "? half done"]


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        (["a", "b after a", "c after b"], {"a": 0, "b": 1, "c": 2}),
        (["a", "b after a", "c after a", "d after b c"], {"a": 0, "b": 1, "c": 1, "d": 2}),
        (["a", "b after a", "c after a b"], {"a": 0, "b": 1, "c": 2}),
        (["d after a", "a"], {"a": 0, "d": 1}),
    ],
)
def test_a_job_stands_one_column_behind_its_latest_dependency(jobs, expected):
    assert levels({job.id: job.after for job in graph_of(*jobs).jobs}) == expected


def test_no_box_covers_another_and_all_are_inside():
    picture = job_graph(
        graph_of("a", "x", "b after a", "c after a x", "d after b c x", "e after a")
    )
    found = rectangles(picture)
    assert len(found) == 6
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in itertools.combinations(found, 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    root = svg_in(picture)
    for x, y, w, h in found:
        assert x >= 0 and y >= 0
        assert x + w <= float(root.get("width")) and y + h <= float(root.get("height"))


def test_each_dependency_is_an_arrow():
    run = graph_of("a", "b after a", "c after a", "d after b c")
    assert job_graph(run).svg.count('fill="none"') == 4


def test_a_cycle_is_drawn_and_told():
    picture = job_graph(graph_of("a after b", "b after a"))
    assert picture.svg.count('fill="none"') == 2
    assert str(picture).splitlines() == ["a  ✓ finished  after b", "b  ✓ finished  after a"]


def test_the_twin_tells_each_job_in_one_line():
    run = Run(
        (
            JobRecord("extract", "extract", "finished", (), [1, 2]),
            JobRecord("sum", "total", "failed", ("extract",), None, "ValueError: no"),
            JobRecord("mail", "mail", "finished", ("sum",), "sent", None, True),
            JobRecord("end", "end", "deferred", ("sum", "mail")),
        )
    )
    assert str(job_graph(run)).splitlines() == [
        "extract  ✓ finished  → [1, 2]",
        "sum      ✗ failed    after extract  ! ValueError: no",
        "mail     ✓ finished  after sum (even if failed)  → 'sent'",
        "end      = deferred  after sum, mail",
    ]


def test_a_failure_is_told_below_the_picture():
    run = Run((JobRecord("bad", "task", "failed", (), None, "ValueError: 1 < 2"),))
    html = job_graph(run)._repr_mimebundle_()["text/html"]
    assert html.endswith("<div><code>✗ bad: ValueError: 1 &lt; 2</code></div>")


def test_the_alt_text_tells_all():
    html = job_graph(graph_of("a", "b after a"))._repr_mimebundle_()["text/html"]
    assert 'alt="Job graph: a  ✓ finished; b  ✓ finished  after a"' in html


@pytest.mark.parametrize("name", ['<b> & "c"', "50%", "#1", "it's", "naïve ☃"])
def test_any_name_is_drawn_as_it_is(name):
    assert labels(job_graph(Run((JobRecord(name, "t", "queued"),))))[0] == name


def test_an_id_that_rq_made_up_is_shown_by_its_task():
    run = Run((JobRecord("3f2a91c4-0a1b-4c2d-8e3f-0123456789ab", "send", "queued"),))
    assert labels(job_graph(run))[0] == "send 3f2a…"


@pytest.mark.parametrize("make", [wide, deep, dense])
def test_a_thousand_jobs_are_folded_into_few_boxes_that_stand_for_all(make):
    run = make()
    made = boxes(run)
    assert sum(len(box.jobs) for box in made) == JOBS
    assert len(made) <= 40
    assert float(svg_in(job_graph(run)).get("width")) < 2_000


def test_what_differs_in_a_fold_stays_apart():
    jobs = [JobRecord(f"p{n}", "process", "failed" if n == 7 else "finished") for n in range(20)]
    twin = str(job_graph(Run(tuple(jobs))))
    assert "19 × process  ✓ finished" in twin and "p7            ✗ failed" in twin


def test_what_differs_from_what_was_asked_is_marked():
    mine = graph_of("a", "b", "c after a", "e after b c")
    wanted = graph_of("a", "b after a", "c after b", "d after c", "e after c")
    picture = compared(mine, wanted, ["a", "b", "c", "d", "e"])
    assert picture.text.splitlines() == [
        "a  ✓ finished",
        "b  ✓ finished   after a (missing)",
        "c  ✓ finished   after a, b (missing)",
        "e  ✓ finished   after b, c",
        "d  ? not there  after c (missing)",
    ]
    assert "".join(picture.notes).startswith("red") and RED in picture.svg
    swapped = compared(wanted, mine, ["a", "b", "c", "e"])
    assert "b  ✓ finished  after a (not asked for)" in swapped.text
    assert "".join(swapped.notes).startswith("amber") and AMBER in swapped.svg


def test_a_state_that_was_not_asked_for_is_told():
    mine = Run((JobRecord("a", "task", "failed"),))
    assert compared(mine, graph_of("a"), ["a"]).text == "a  ✗ failed, asked: finished"


def test_what_does_not_differ_is_not_marked():
    run = graph_of("a", "b after a", "c after a b")
    same = graph_of("a", "b after a", "c after b")
    for asked in (None, run, same):
        assert compared(run, asked, ["a", "b", "c"]) == job_graph(run)


@pytest.mark.parametrize("color", [RED, AMBER])
def test_a_marked_arrow_is_seen_on_both_pages(color):
    assert min(contrast(color, WHITE), contrast(color, BLACK)) >= 3


def test_the_same_run_is_the_same_picture():
    run = graph_of("a", "b after a", "c after a", "d after b c")
    assert job_graph(run) == job_graph(run)


def events(*lines: str) -> Run:
    """A run from lines like "1 a started" (worker, job, what)."""
    return Run((), tuple(Event(f"worker-{w}", job, what) for w, job, what in map(str.split, lines)))


ONE_AFTER_ANOTHER = events("1 a started", "1 a finished", "1 b started", "1 b failed")
AT_ONCE = events(
    "1 a started", "1 a finished",
    "2 c started", "1 b started", "1 b finished", "2 c finished",
    "2 d started", "2 d finished",
)  # fmt: skip
RACED = events(
    "2 a started", "2 a finished",
    "1 b started", "2 c started", "2 c finished", "1 b finished",
    "1 d started", "1 d finished",
)  # fmt: skip


def test_the_timeline_counts_steps():
    assert str(timeline(ONE_AFTER_ANOTHER)).splitlines() == [
        "step 1     worker-1  ✓ a finished",
        "step 2     worker-1  ✗ b failed",
    ]


def test_jobs_that_ran_at_once_share_a_step():
    first_step = {s.split()[4]: s.split()[1] for s in str(timeline(AT_ONCE)).splitlines()}
    assert first_step == {"a": "1", "b": "2", "c": "2", "d": "3"}
    assert {"worker-1", "worker-2"} <= set(labels(timeline(AT_ONCE)))


def test_numbered_lanes_do_not_tell_who_won_the_race():
    assert timeline(AT_ONCE) != timeline(RACED)
    assert timeline(AT_ONCE, by="lane") == timeline(RACED, by="lane")


def test_a_job_that_never_ended_is_still_running():
    assert str(timeline(events("1 a started"))) == "steps 1-…  worker-1  ▶ a started"


def test_a_retried_job_has_a_stretch_for_each_attempt():
    run = events("1 a started", "1 a failed", "1 a started", "1 a finished")
    assert [line[-10:].strip() for line in str(timeline(run)).splitlines()] == [
        "✗ a failed",
        "a finished",
    ]
