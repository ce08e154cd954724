"""The crash map shows each played run once, and says the same in words."""

import itertools
import re
from collections import Counter

import pytest

from lesson_code.lab.pictures import crash_map, job_graph, lanes
from lesson_code.lab.pictures.svg import LETTER, MOST_ALT
from lesson_code.lab.record import Fate, Fates, JobRecord, Run, Step
from lesson_code.lab.states import FATES, STATES, fate_look
from tests.patience import A_SECOND, steps
from tests.test_pictures import BLACK, SVG, WHITE, contrast, labels, rectangles, svg_in, words_of
from tools.made_up_fates import chain, orders

CHAIN = chain()
THOUSAND = chain(1_000, 8_412, [f"part-{n}" for n in range(31)])
WIDE = chain(1_000, 1_000, ["one"] * 31)
MAPS = {
    "chain": CHAIN,
    "orders": orders(),
    "thousand": THOUSAND,
    "one job": WIDE,
    "long name": chain(90, 90, ["a-job-with-quite-a-long-name-indeed", "b", "c"]),
    "none": Fates((), 0),
}


def cells(picture) -> list[tuple[float, float, float, str]]:
    """Return x, y, size and glyph of each cell, those of the legend too."""
    found = []
    shapes = list(svg_in(picture))
    for shape, glyphs in itertools.pairwise(shapes):
        if shape.tag == f"{SVG}path":
            squares = re.findall(r"[Mm]([\d.]+) ([\d.]+)h([\d.]+)v\3h-\3z", shape.get("d"))
            across = itertools.accumulate(float(x) for x, *_ in squares)  # all but the first: from
            corners = [
                (x, squares[0][1], size) for x, (*_, size) in zip(across, squares, strict=True)
            ]
            middles = [float(x) for x in glyphs.get("x").split()]
            assert len(corners) == len(middles) == len(glyphs.text)
            for (x, y, size), middle, glyph in zip(corners, middles, glyphs.text, strict=True):
                assert float(x) < middle < float(x) + float(size)
                assert float(y) < float(glyphs.get("y")) < float(y) + float(size)
                found.append((float(x), float(y), float(size), glyph))
    return found


@pytest.mark.parametrize("name", MAPS)
def test_each_run_is_a_cell_with_the_glyph_of_its_kind(name):
    kinds = Counter(fate.kind for fate in MAPS[name].fates)
    glyphs = Counter(glyph for *_, glyph in cells(crash_map(MAPS[name])))
    legend = 1  # each kind that there is stands in the legend, too
    assert glyphs == {FATES[kind].glyph: number + legend for kind, number in kinds.items()}


@pytest.mark.parametrize("name", MAPS)
def test_nothing_covers_anything_and_all_is_inside(name):
    picture = crash_map(MAPS[name])
    found = rectangles(picture) + [(x, y, size, size) for x, y, size, _ in cells(picture)]
    by_row: dict[float, list] = {}
    for x, y, w, h in found:
        by_row.setdefault(y // 400, []).append((x, y, w, h))
    for near in by_row.values():
        for (x1, y1, w1, h1), (x2, y2, w2, h2) in itertools.combinations(near, 2):
            assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    width, height = (float(svg_in(picture).get(key)) for key in ("width", "height"))
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in found)
    assert width <= 820


@pytest.mark.parametrize("name", MAPS)
def test_words_fit_into_their_boxes(name):
    picture = crash_map(MAPS[name])
    for shape, words in itertools.pairwise(svg_in(picture)):
        if shape.tag == f"{SVG}rect":
            assert len(words.text) * LETTER <= float(shape.get("width")), words.text


def test_cells_stand_in_order_in_a_block_for_each_job():
    fates = [
        Fate(f"t{n}", "unharmed", (Step("w", job, "GET"),), (0,)) for n, job in enumerate("abab")
    ]
    picture = crash_map(Fates(tuple(fates), 4))
    assert labels(picture)[:4] == ["a", "✓✓", "b", "✓✓"]
    one = crash_map(Fates((*fates[:3], Fate("t3", "lost", fates[3].steps, (0,), "")), 4))
    assert labels(one)[:5] == ["a", "✓✓", "b", "✓", "✗"]


def test_the_twin_counts_the_kinds_and_says_where_with_tokens():
    lines = str(crash_map(CHAIN)).splitlines()
    assert lines[0] == "101 places: 67 unharmed, 21 twice, 12 lost, 1 hangs"
    assert lines[2] == (
        "✗ lost after it takes the job from the queue, before it looks at the job: "
        "a 2-5 (r2), b 2-5 (r23), c 2-5 (r44)"
    )
    assert lines[1].startswith("↻ twice after step(…), before it ")
    assert CHAIN.fates[2].token == "r2"


def test_what_was_not_looked_at_is_not_passed_over_in_silence():
    picture = crash_map(THOUSAND)
    assert str(picture).startswith("1,000 of 8,412 places: 666 unharmed, ")
    assert "1,000 of 8,412 places" in labels(picture)
    assert "of" not in str(crash_map(WIDE)).splitlines()[0]


def test_orders_are_told_in_the_words_of_their_fates():
    lines = str(crash_map(orders())).splitlines()
    assert lines[0] == "20 orders: 17 unharmed, 3 lost"
    expected = "✗ lost two jobs have counted, and the count is 1: orders 4-5 (k3), orders 10 (k9)"
    assert lines[1:] == [expected]


def sample(*places: int) -> Fates:
    """A chain of which the worker was killed at these places only; all of them lose the job."""
    steps = tuple(Step("w", "a", "GET", says=f"does {n}") for n in range(9))
    return Fates(tuple(Fate(f"t{n}", "lost", steps, (n,)) for n in places), 9)


def test_only_places_that_follow_one_another_are_told_as_one():
    assert str(crash_map(sample(0, 1, 2))).splitlines()[1:] == [
        "✗ lost before it does 2: a 1-3 (t0)"
    ]
    assert str(crash_map(sample(1, 2, 5))).splitlines()[1:] == [
        "✗ lost after it does 0, before it does 2: a 1-2 (t1)",
        "✗ lost after it does 4, before it does 5: a 3 (t5)",
    ]


def test_another_worker_between_two_places_does_not_part_them():
    steps = [Step(worker, "a", "GET", says=f"does {n}") for n, worker in enumerate("xyxyx")]
    fates = [Fate(f"t{n}", "lost", tuple(steps), (n,)) for n in (2, 4)]
    assert str(crash_map(Fates(tuple(fates), 2))).splitlines()[1:] == [
        "✗ lost after it does 0, before it does 4: a 1-2 (t2)"
    ]


@pytest.mark.parametrize("name", MAPS)
def test_the_twin_is_short_and_counts_the_rest(name):
    lines = str(crash_map(MAPS[name])).splitlines()
    assert len(lines) <= 12
    many = str(crash_map(Fates(tuple(odd(n) for n in range(300)), 300))).splitlines()
    assert len(many) == 12
    assert many[-1] == "✗ lost at 290 more places"


def odd(n: int) -> Fate:
    """A place that is like no other."""
    return Fate(f"t{n}", "lost", (Step("w", "a", "GET", says=f"does {n}"),), (0,))


@pytest.mark.parametrize("name", MAPS)
def test_the_alt_text_is_short_and_has_the_counts(name):
    picture = crash_map(MAPS[name])
    alt = words_of(picture._repr_mimebundle_()["text/html"])
    assert len(alt) <= MOST_ALT
    assert alt.startswith(f"Crash map: {picture.text.splitlines()[0]}")


def test_the_places_in_words_are_also_shown():
    picture = crash_map(CHAIN)
    assert picture.text.splitlines()[1:] == list(picture.notes)


@pytest.mark.parametrize("kind", [*FATES, "something new"])
def test_a_kind_is_readable_and_seen_on_both_pages(kind):
    look = fate_look(kind)
    assert contrast(look.line, look.fill) >= 4.5
    for page in (WHITE, BLACK):
        assert max(contrast(look.line, page), contrast(look.fill, page)) >= 3


def test_kinds_are_told_apart_without_colour():
    assert len({look.glyph for look in FATES.values()}) == len(FATES)
    assert {*FATES} == {"unharmed", "twice", "lost", "hangs"}
    assert {look.kind for look in FATES.values()} <= {look.kind for look in STATES.values()}
    assert all(len(look.glyph) == 1 for look in FATES.values())


def test_a_kind_that_is_not_in_the_table_is_drawn_with_its_word():
    picture = crash_map(Fates((Fate("t", "other result", (), (), "it differs"),), 1))
    assert str(picture) == "1 order: 1 other result\n? other result it differs: orders 1 (t)"
    assert "1 other result" in labels(picture)


def test_a_thousand_places_are_drawn_in_less_than_a_second():
    assert steps(lambda: crash_map(THOUSAND).svg) < A_SECOND
    assert len(crash_map(THOUSAND).svg) < 100_000


def test_a_command_of_the_tasks_own_is_sent():
    steps = (Step("worker-1", "a", "SET", says="SET"), Step("worker-1", "a", "GET", says="GET"))
    (line,) = crash_map(Fates((Fate("d1", "lost", steps, (1,)),), 1)).notes
    assert line == "✗ lost after it sends SET, before it sends GET: a 1 (d1)"


def test_a_narrow_page_has_more_rows_of_the_same_cells():
    wide, narrow = crash_map(CHAIN), crash_map(CHAIN, 330)
    kinds = len({fate.kind for fate in CHAIN.fates})  # the legend has a row of its own
    assert max(x + size for x, _, size, _ in cells(narrow)[:-kinds]) <= 330 < wide.size[0]
    assert narrow.text == wide.text
    assert [glyph for *_, glyph in cells(narrow)] == [glyph for *_, glyph in cells(wide)]


def test_what_has_a_picture_is_printed_as_its_text():
    one = CHAIN.fates[0]
    assert f"{CHAIN}" == crash_map(CHAIN).text
    assert f"{one}" == lanes(one).text
    ran = Run((JobRecord("a", "task_a", "finished"),))
    assert f"{ran}" == job_graph(ran).text == "a  ✓ finished"
