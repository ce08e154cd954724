"""Pictures show the content of a Run, as a drawing and in words, in light and dark themes."""

import itertools
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from arq.jobs import JobStatus as ArqStatus
from hypothesis import given
from hypothesis import strategies as st
from rq.job import JobStatus as RqStatus

from lesson_code.lab import frame
from lesson_code.lab.pictures import job_graph, timeline
from lesson_code.lab.pictures.compared import compared
from lesson_code.lab.pictures.fold import boxes
from lesson_code.lab.pictures.graph import AMBER, RED
from lesson_code.lab.pictures.levels import levels
from lesson_code.lab.pictures.svg import EDGE
from lesson_code.lab.record import Event, JobRecord, Run
from lesson_code.lab.states import STATES as TABLE
from lesson_code.lab.states import kind, look
from tests.patience import A_SECOND, steps
from tests.sampling import examples, sampled
from tools import lesson
from tools.bench_pictures import JOBS, deep, dense, ladder, run_of, wide

WHITE, BLACK = "#ffffff", "#111111"  # JupyterLab's two pages
STATES = sorted({status.value for status in (*RqStatus, *ArqStatus)} | set(TABLE))
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


def words_of(html: str) -> str:
    """Return the alt text, as it is read."""
    return unescape(re.search(r'alt="([^"]*)"', html)[1])


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
def test_every_state_of_the_libraries_has_a_row_in_the_table(state):
    assert state in TABLE


def test_a_state_is_done_or_failed_or_never_or_waits():
    assert {row.kind for row in TABLE.values()} == {"done", "failed", "never", "waits"}
    done = {state for state in STATES if kind(state) == "done"}
    assert done == {"finished", "complete", "gave up"}
    assert {state for state in STATES if kind(state) == "failed"} == {"failed", "complete, failed"}
    assert kind("half_done") == "waits"


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


def lines(picture) -> list[list[tuple[float, float]]]:
    """Return the points of each line that is drawn, near enough to one another for any box."""
    found = []
    for path in svg_in(picture).iter(f"{SVG}path"):
        if path.get("fill") == "none" and not path.get("transform"):
            for word, numbers in re.findall(r"([MLCQ])([^MLCQ]*)", path.get("d")):
                given = [float(number) for number in numbers.split()]
                points = list(zip(given[::2], given[1::2], strict=True))
                if word == "M":
                    found.append(points)
                else:
                    bend = [found[-1][-1], *points]
                    found[-1] += [bezier(bend, step / 24) for step in range(1, 25)]
    return found


def bezier(points: list[tuple[float, float]], at: float) -> tuple[float, float]:
    while len(points) > 1:
        points = [
            (x1 + (x2 - x1) * at, y1 + (y2 - y1) * at)
            for (x1, y1), (x2, y2) in itertools.pairwise(points)
        ]
    return points[0]


def crossings(picture) -> list[tuple]:
    """Return each box that a line crosses, with the point in it."""
    boxes_ = rectangles(picture)
    return [
        (box, point)
        for line in lines(picture)
        for point in line
        for box in boxes_
        if box[0] + 1 < point[0] < box[0] + box[2] - 1
        and box[1] + 1 < point[1] < box[1] + box[3] - 1
    ]


def ends(picture) -> set[tuple[str, str]]:
    """Return from which box to which each line goes, by the names in them: none begins or ends
    elsewhere.
    """
    names = labels(picture)[::2]
    found = set()
    for line in lines(picture):
        touched = []
        for x, y in (line[0], line[-1]):
            touched += [
                name
                for name, (left, top, width, height) in zip(names, rectangles(picture), strict=True)
                if left - 8 <= x <= left + width + 8 and top <= y <= top + height
            ]
        assert len(touched) == 2, (line[0], line[-1], touched)
        found.add(tuple(touched))
    return found


def outside(picture) -> list[tuple[float, float]]:
    root = svg_in(picture)
    width, height = float(root.get("width")), float(root.get("height"))
    return [
        (x, y) for line in lines(picture) for x, y in line if not (0 < x < width and 0 < y < height)
    ]


def test_each_dependency_is_an_arrow():
    run = graph_of("a", "b after a", "c after a", "d after b c")
    assert ends(job_graph(run)) == {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}


def test_an_arrow_that_skips_a_column_goes_round_the_box_between():
    picture = job_graph(graph_of("a", "b after a", "c after a b"))
    assert ends(picture) == {("a", "b"), ("b", "c"), ("a", "c")}
    assert crossings(picture) == []
    straight = re.sub(r'(<path d="M\d+ (\d+))[^"]*"', r'\1L250 \2"', picture.svg, count=1)
    assert crossings(replace(picture, svg=straight)) != []


@st.composite
def graphs(draw) -> Run:
    """Any graph of named jobs; some are enqueued by a job, some run even after a failure."""
    jobs: list[JobRecord] = []
    for n in range(draw(st.integers(1, 24))):
        before = [job.id for job in jobs]
        few = st.lists(st.sampled_from(before), max_size=4, unique=True) if before else st.just([])
        jobs.append(
            JobRecord(
                f"job {n}" + "-" * draw(st.integers(0, 12)),
                f"task {n}",
                draw(st.sampled_from(["finished", "failed", "deferred"])),
                tuple(draw(few)),
                even_if_failed=draw(st.booleans()),
                enqueued_by=draw(st.none() | st.sampled_from(before)) if before else None,
            )
        )
    return Run(tuple(jobs))


def arrows_of(run: Run) -> set[tuple[str, str]]:
    known = {job.id for job in run.jobs}
    return {
        (parent, job.id)
        for job in run.jobs
        for parent in (*job.after, job.enqueued_by)
        if parent in known
    }


@pytest.mark.parametrize("luck", sampled(range(20), 1))
def test_no_arrow_crosses_a_box_in_any_graph_and_each_is_there(luck):
    @examples(10, luck)
    @given(graphs())
    def draw(run: Run) -> None:
        picture = job_graph(run)
        assert crossings(picture) == [] and outside(picture) == []
        assert ends(picture) == arrows_of(run)

    draw()


def stored_graphs() -> list[Run]:
    """The runs whose job graphs are stored in the notebooks, as their twins tell them."""
    outputs = [
        output.data
        for path in lesson.paths()
        for cell in lesson.read(path).cells
        for output in cell.get("outputs", ())
        if 'alt="Job graph' in output.get("data", {}).get("text/html", "")
    ]
    return [graph_in(data["text/plain"]) for data in outputs]


def graph_in(twin: str) -> Run:
    jobs = []
    for name, _, *rest in (re.split(" {2,}", line) for line in twin.splitlines() if "  " in line):
        after = rest[0].removeprefix("after ") if rest and rest[0].startswith("after ") else ""
        parents = re.sub(r" \((even if failed|missing|not asked for)\)", "", after).split(", ")
        jobs.append(JobRecord(name, name, "finished", tuple(filter(None, parents))))
    return Run(tuple(jobs))


def test_no_arrow_crosses_a_box_in_any_stored_run():
    runs = stored_graphs()
    assert len(runs) > 30 and sum(len(arrows_of(run)) for run in runs) > 60
    for run in runs:
        assert crossings(job_graph(run)) == []
        assert ends(job_graph(run)) == arrows_of(run)


def test_a_chain_that_is_longer_than_the_page_goes_on_in_the_next_row():
    picture = job_graph(chain(14))
    assert labels(picture)[::2] == [f"s{n}" for n in range(14)]
    found = rectangles(picture)
    rows = [
        [x for x, top, _, _ in found if top == row] for row in sorted({y for _, y, _, _ in found})
    ]
    assert [len(row) for row in rows] == [5, 5, 4]
    assert all(row == sorted(row) and row[0] == rows[0][0] for row in rows)
    assert ends(picture) == {(f"s{n}", f"s{n + 1}") for n in range(13)}
    assert float(svg_in(picture).get("width")) < 900


def test_the_middle_of_a_chain_is_folded_as_what_it_is():
    states = ["finished"] * 30 + ["failed"] + ["deferred"] * 9
    twin = str(job_graph(chain(40, states))).splitlines()
    assert [line.split("  ")[0] for line in twin] == [
        *("s0", "s1", "s2", "26 more, one after the other", "s29", "s30"),
        *("s31", "s32", "5 more, one after the other", "s38", "s39"),
    ]
    assert twin[3].endswith("✓ finished  after s2") and "after 26 more, one" in twin[4]


def test_jobs_that_could_run_at_once_are_folded_as_what_they_are():
    names = labels(job_graph(wide()))
    assert names[2] == f"process, {JOBS - 2} at once"


def test_a_fold_of_several_states_says_so_and_is_not_green():
    run = ladder(200, ["finished"] * 300 + ["deferred"] * 100)
    (fold,) = [box for box in boxes(run) if len(box.jobs) > 1]
    picture = job_graph(run)
    assert f"{len(fold.jobs)} more, in {fold.steps} steps" in labels(picture)
    assert "✓ 282, = 82" in labels(picture)
    at = labels(picture).index("✓ 282, = 82") // 2
    assert list(svg_in(picture).iter(f"{SVG}rect"))[at].get("fill") == look("deferred").fill


def chain(number: int, states: list[str] | None = None) -> Run:
    return Run(
        tuple(
            JobRecord(
                f"s{n}", "step", states[n] if states else "finished", (f"s{n - 1}",) * (n > 0)
            )
            for n in range(number)
        )
    )


SAGA = Run(
    (
        JobRecord("charge", "charge", "failed"),
        JobRecord("undo", "undo", "finished", ("charge",), even_if_failed=True),
        JobRecord("refund", "refund", "finished", enqueued_by="undo"),
        JobRecord("release", "release", "finished", ("refund",), enqueued_by="undo"),
        JobRecord("alone", "alone", "finished", enqueued_by="expired"),
    )
)


def test_a_job_that_a_job_enqueued_stands_behind_it():
    picture = job_graph(SAGA)
    left = dict(zip(labels(picture)[::2], [x for x, _, _, _ in rectangles(picture)], strict=True))
    assert left["charge"] < left["undo"] < left["refund"] < left["release"]
    assert str(picture).splitlines()[2:] == [
        "undo     ✓ finished  after charge (even if failed)",
        "refund   ✓ finished  enqueued by undo",
        "release  ✓ finished  after refund  enqueued by undo",
    ]


def test_an_arrow_of_enqueueing_is_unlike_one_of_a_dependency():
    dashes = {path.get("stroke-dasharray") for path in svg_in(job_graph(SAGA)).iter(f"{SVG}path")}
    assert {None, "5 3", "1.5 3"} == dashes
    assert job_graph(SAGA).notes == (
        "dashed: runs even if its dependency fails",
        "dotted: from the job that enqueued it",
    )


def test_a_cycle_is_drawn_and_told():
    picture = job_graph(graph_of("a after b", "b after a", "c after b"))
    assert ends(picture) == {("a", "b"), ("b", "c")} and len(lines(picture)) == 3
    assert crossings(picture) == [] and len({line[0][1] for line in lines(picture)}) == 2
    assert str(picture).splitlines()[:2] == ["a  ✓ finished  after b", "b  ✓ finished  after a"]


def test_a_job_that_depends_on_a_cycle_is_not_beside_its_dependency():
    run = graph_of("a after b", "b after c", "c after b")
    found = levels({job.id: job.after for job in run.jobs})
    assert found["a"] != found["b"] != found["c"]
    assert crossings(job_graph(run)) == []


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


def test_errors_that_are_not_told_are_counted():
    run = Run(tuple(JobRecord(f"j{n}", "task", "failed", (), None, "E: no") for n in range(6)))
    assert job_graph(run).notes[-2:] == ("✗ j3: E: no", "… and 2 more that failed")


def test_the_alt_text_tells_all():
    html = job_graph(graph_of("a", "b after a"))._repr_mimebundle_()["text/html"]
    assert words_of(html) == "Job graph: a ✓ finished; b ✓ finished after a"


def test_a_long_alt_text_is_cut_and_says_so_and_the_twin_has_the_rest():
    run = run_of(
        [JobRecord(f"order {n}", f"t{n}", "finished", (), ["x" * 30] * 9) for n in range(9)]
    )
    for picture in (job_graph(run), timeline(run)):
        alt = words_of(picture._repr_mimebundle_()["text/html"])
        assert len(alt) <= 300 and re.search(r"; and \d more$", alt)
        assert len(picture.text.splitlines()) == 9
    first = words_of(job_graph(run)._repr_mimebundle_()["text/html"]).split("; ")[0]
    assert len(first.partition("→ ")[2]) == 60 and first.endswith("…")
    assert len(str(job_graph(run)).splitlines()[0].partition("→ ")[2]) > 150


def test_no_alt_text_is_longer_even_if_one_line_is():
    run = Run((JobRecord("a", "t", "deferred", tuple(f"job-{n:03}" for n in range(90))),))
    all_ = Run((*run.jobs, *(JobRecord(f"job-{n:03}", f"t{n}", "queued") for n in range(90))))
    assert len(words_of(job_graph(all_)._repr_mimebundle_()["text/html"])) <= 300


def test_a_picture_is_as_wide_as_its_letters_are_large():
    picture = job_graph(graph_of("a"))
    html = picture._repr_mimebundle_()["text/html"]
    width = float(svg_in(picture).get("width"))
    assert f'style="width:{width / 14:.4g}em;max-width:none"' in html


@pytest.mark.parametrize("draw", [job_graph, timeline])
def test_no_letter_is_smaller_than_12_px_on_a_page_of_jupyterlab(draw):
    picture = draw(run_of(list(chain(30).jobs)))
    root = svg_in(picture)
    usual = root.get("font-size")
    assert min(float(text.get("font-size", usual)) for text in root.iter(f"{SVG}text")) >= 12
    assert float(root.get("width")) <= 900


@pytest.mark.parametrize("name", ['<b> & "c"', "50%", "#1", "it's", "naïve ☃"])
def test_any_name_is_drawn_as_it_is(name):
    assert labels(job_graph(Run((JobRecord(name, "t", "queued"),))))[0] == name


MADE_UP = [f"3f2a91c{n}-0a1b-4c2d-8e3f-0123456789ab" for n in range(4)]


def made_up(*tasks: str) -> Run:
    known = zip(MADE_UP, tasks, strict=False)
    jobs = [JobRecord(one, task, "failed", error="no") for one, task in known]
    return Run((JobRecord("pack", "give", "finished"), *jobs))


def test_jobs_whose_ids_were_made_up_are_named_after_their_tasks_and_numbered():
    run = made_up("send", "charge", "send", "send")
    assert [*run.names.values()] == ["pack", "send", "charge", "send 2", "send 3"]
    assert {"send", "charge", "send 2", "send 3"} <= {*labels(job_graph(run))}
    assert "✗ send 2: no" in job_graph(run).notes
    assert "3f2a" not in str(job_graph(run))


def test_no_job_gets_the_name_of_another():
    assert [*made_up("pack", "pack").names.values()] == ["pack", "pack 2", "pack 3"]


def test_a_job_is_found_by_its_name_and_by_its_id():
    run = made_up("send", "send")
    assert run["send 2"].id == MADE_UP[1]
    assert run[MADE_UP[1]] is run["send 2"]
    with pytest.raises(KeyError, match="there are: pack, send, send 2"):
        run["send 3"]


def test_the_timeline_names_it_so_too():
    run = made_up("send", "send")
    events = [Event("w", one, what) for one in MADE_UP[:2] for what in ("started", "failed")]
    text = str(timeline(replace(run, events=tuple(events))))
    assert "✗ send failed" in text and "✗ send 2 failed" in text and "3f2a" not in text


def test_the_details_of_a_job_tell_its_id():
    told = frame.graph(made_up("send"))
    assert f"<b>id</b> <code>{MADE_UP[0]}</code>" in told
    assert "<summary>send ✗</summary>" in told
    assert "<code>pack</code>" not in told


@pytest.mark.parametrize("make", [wide, deep, dense, ladder])
def test_a_thousand_jobs_are_folded_into_few_boxes_that_stand_for_all(make):
    run = make()
    made = boxes(run)
    assert sum(len(box.jobs) for box in made) == JOBS
    assert len(made) <= 40
    assert float(svg_in(job_graph(run)).get("width")) < 1_000


def test_what_differs_in_a_fold_stays_apart():
    jobs = [JobRecord(f"p{n}", "process", "failed" if n == 7 else "finished") for n in range(20)]
    twin = str(job_graph(Run(tuple(jobs))))
    assert twin.splitlines() == ["process, 19 at once  ✓ finished", "p7                   ✗ failed"]


@pytest.mark.parametrize("make", [wide, deep, dense, ladder])
def test_a_thousand_jobs_are_drawn_within_a_second(make):
    run = make()
    assert steps(lambda: (job_graph(run), timeline(run))) < A_SECOND


def test_what_differs_from_what_was_asked_is_marked():
    mine = graph_of("a", "b", "c after a", "e after b c")
    wanted = graph_of("a", "b after a", "c after b", "d after c", "e after c")
    picture = compared(mine, wanted, ["a", "b", "c", "d", "e"])
    assert picture.text.splitlines() == [
        "a  ✓ finished",
        "b  ✓ finished   after a (missing)",
        "c  ✓ finished   after a, b (missing)",
        "d  ? not there  after c (missing)",
        "e  ✓ finished   after b, c",
    ]
    assert picture.notes == ("+, red, dashed: this arrow is missing",) and RED in picture.svg
    swapped = compared(wanted, mine, ["a", "b", "c", "e"])
    assert "b  ✓ finished  after a (not asked for)" in swapped.text
    assert swapped.notes == ("×, amber: this arrow was not asked for",)


def signs(picture, color: str) -> int:
    """Return how many signs of that colour there are."""
    return sum(circle.get("fill") == color for circle in svg_in(picture).iter(f"{SVG}circle"))


def test_missing_and_extra_arrows_differ_by_a_sign_too():
    mine = graph_of("a", "b", "c after a b", "d")
    wanted = graph_of("a", "b", "c after a", "d after a")
    picture = compared(mine, wanted, ["a", "b", "c", "d"])
    assert signs(picture, RED) == signs(picture, AMBER) == 1
    root = svg_in(picture)
    strokes = [p.get("d") for p in root.iter(f"{SVG}path") if p.get("transform")]
    assert len(set(strokes)) == 2
    assert len(picture.notes) == 2


def test_each_marked_job_in_a_fold_is_marked():
    parts = [f"p{n}" for n in range(30)]
    split, merge = JobRecord("split", "split", "finished"), JobRecord("merge", "merge", "finished")

    def run(loose: list[str], unseen: list[str]) -> Run:
        made = [
            JobRecord(name, "part", "finished", ("split",) * (name not in loose)) for name in parts
        ]
        after = tuple(name for name in parts if name not in unseen)
        return Run((split, *made, replace(merge, after=after)))

    picture = compared(run([], ["p3", "p9"]), run([], []), ["split", "merge", *parts])
    assert signs(picture, RED) == 2
    assert {"p3", "p9", "part, 28 at once"} < set(labels(picture))
    assert ("p3", "merge") in ends(picture) and ("p9", "merge") in ends(picture)
    many = compared(run(parts[:20], []), run([], []), ["split", "merge", *parts])
    assert signs(many, RED) == 1
    assert {"part, 20 at once", "part, 10 at once"} < set(labels(many))
    assert "part, 20 at once  ✓ finished  after split (missing)" in many.text


def test_a_marked_job_in_a_long_chain_is_not_folded():
    wanted = chain(60)
    jobs = [replace(job, after=()) if job.id == "s30" else job for job in wanted.jobs]
    picture = compared(Run(tuple(jobs)), wanted, [job.id for job in jobs])
    assert ("s29", "s30") in ends(picture) and signs(picture, RED) == 1


def test_a_state_that_was_not_asked_for_is_told():
    mine = Run((JobRecord("a", "task", "failed"),))
    assert compared(mine, graph_of("a"), ["a"]).text == "a  ✗ failed, should be finished"


def test_what_is_left_of_a_deleted_chain_is_told_and_its_arrows_are_not_marked():
    mine = graph_of("a", "b after a", "c after b")
    picture = compared(mine, graph_of("a"), ["a", "b", "c"])
    assert picture.text.splitlines() == [
        "a  ✓ finished",
        "b  ✓ finished, should be not there  after a",
        "c  ✓ finished, should be not there  after b",
    ]
    assert picture.notes == () and AMBER not in picture.svg


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
    return Run(
        (),
        tuple(
            Event(f"worker-{w}", job, what) for w, job, what in (one.split(" ", 2) for one in lines)
        ),
    )


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
    assert timeline(AT_ONCE, by="row") == timeline(RACED, by="row")


def test_a_timeline_is_by_worker_or_by_row():
    with pytest.raises(ValueError, match='pass by="worker" or by="row"'):
        timeline(AT_ONCE, by="lane")


def test_a_job_that_never_ended_is_still_running():
    assert str(timeline(events("1 a started"))) == "steps 1-…  worker-1  ▶ a started"


def test_a_retried_job_has_a_stretch_for_each_attempt():
    run = events("1 a started", "1 a failed", "1 a started", "1 a finished")
    assert str(timeline(run)).splitlines() == [
        "step 1     worker-1  ✗ a (1) failed",
        "step 2     worker-1  ✓ a (2) finished",
    ]


def test_a_box_says_how_often_its_job_was_started():
    seen = events("1 a started", "1 a failed", "1 a started", "1 a finished", "1 b started")
    jobs = (JobRecord("a", "a", "finished"), JobRecord("b", "b", "started"))
    first, second = str(job_graph(replace(seen, jobs=jobs))).splitlines()
    assert first.endswith("✓ finished ×2") and second.endswith("▶ started")


def test_a_start_that_ran_no_task_is_no_attempt():
    seen = events("1 a started", "1 a queued", "1 a started", "1 a complete, failed")
    job = JobRecord(
        "a", "a", "complete, failed", error="JobExecutionFailed: max 1 retries exceeded"
    )
    assert replace(seen, jobs=(job,)).attempts == {"a": 1}


def test_a_job_that_gave_up_is_not_plain_green():
    done = {"done": ["reserve"], "gave up": "Refused: no"}  # a later job passes the note on
    results = {"charge": {"gave up": "Refused: no"}, "undo": done, "ship": "shipped"}
    run = Run(tuple(JobRecord(name, name, "finished", result=r) for name, r in results.items()))
    picture = job_graph(run)
    states = [re.search(r"! gave up|✓ finished", line)[0] for line in str(picture).splitlines()]
    assert states == ["! gave up", "✓ finished", "✓ finished"]
    assert look("gave up").fill in picture.svg


def sixty(number: int = 60):
    return timeline(run_of(list(chain(number).jobs)))


def test_a_long_timeline_goes_on_below():
    tops = [y for (_, y, _, _), words in zip(rectangles(sixty(30)), labels(sixty(30)), strict=True)]
    assert labels(sixty(30)).count("worker-1") == len(set(tops)) > 1


@pytest.mark.parametrize(
    ("number", "says"), [(60, "… 20 more steps"), (41, "… 1 more step"), (40, "✓ s39")]
)
def test_a_timeline_says_on_its_face_what_it_leaves_out(number, says):
    assert labels(sixty(number))[-1] == says
    assert says in str(sixty(number)).splitlines()[-1]


def test_no_job_of_a_timeline_covers_another():
    picture = timeline(
        events(
            "1 long started",
            *(f"2 j{n} {what}" for n in range(20) for what in ("started", "finished")),
        )
    )
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in itertools.combinations(rectangles(picture), 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    assert labels(picture).count("▶ long") == labels(picture).count("worker-1") > 1


def test_a_record_is_data_and_nothing_else():
    bare = {"__dict__", "__weakref__", "states", "order", "attempts", "names"}
    extra = {name for name in vars(Run) if not name.startswith("_")} - {"jobs", "events"} - bare
    assert extra == set()


def test_a_notebook_shows_a_run_as_its_job_graph():
    code = """
from IPython.core.interactiveshell import InteractiveShell
from tests.sampling import examples, sampled
shell = InteractiveShell.instance()
shell.run_cell("from lesson_code.lab import Lab, work\\nrun = work(Lab())")
data, _ = shell.display_formatter.format(shell.user_ns["run"])
print(data["text/plain"], "<img" in data["text/html"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "(no jobs) True"
