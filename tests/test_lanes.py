"""The lanes of a run show the steps that matter, their workers, and each change of worker."""

import itertools
import re

import pytest

from lesson_code.lab.pictures import lanes
from lesson_code.lab.pictures.lanes import HERE
from lesson_code.lab.pictures.matters import MOST, matters, shared
from lesson_code.lab.pictures.svg import EDGE, LETTER, MOST_ALT
from lesson_code.lab.record import Fate, Step
from tests.test_pictures import BLACK, SVG, WHITE, contrast, labels, svg_in, words_of
from tools.made_up_fates import chain, race, work

FATES = chain().fates
TWICE, LOST = FATES[25], FATES[4]
BUSY = Fate(
    "m1",
    "hangs",
    tuple(
        Step(f"worker-{n % 3}", f"job-{n}", "SET", ("k",), True, "words " * 9) for n in range(90)
    ),
    (17,),
    "nothing goes on",
)
PICTURES = {
    "race": (race(), None),
    "lost": (LOST, None),
    "twice": (TWICE, None),
    "marked": (TWICE, 60),
    "busy": (BUSY, 44),
    "empty": (Fate("", "unharmed"), None),
}


def boxes(picture) -> list[tuple[float, float, float, float]]:
    """Return all boxes but the frame of the mark."""
    return [
        tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
        for rect in svg_in(picture).iter(f"{SVG}rect")
        if rect.get("fill") != "none"
    ]


def goes_over(picture) -> list[tuple[float, float, float, float]]:
    """Return start and end of each arrow from lane to lane."""
    ways = [path.get("d") for path in svg_in(picture).iter(f"{SVG}path")]
    found = [re.fullmatch(r"M([\d.]+) ([\d.]+)V([\d.]+)H([\d.]+)", way) for way in ways]
    return [tuple(map(float, way.groups())) for way in found if way]


@pytest.mark.parametrize("name", PICTURES)
def test_no_box_covers_another_and_all_are_inside(name):
    picture = lanes(*PICTURES[name])
    found = boxes(picture)
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in itertools.combinations(found, 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    width, height = (float(svg_in(picture).get(key)) for key in ("width", "height"))
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in found)


@pytest.mark.parametrize("name", PICTURES)
def test_words_fit_into_their_boxes(name):
    picture = lanes(*PICTURES[name])
    for text in svg_in(picture).iter(f"{SVG}text"):
        x, y = float(text.get("x")), float(text.get("y"))
        room = [
            w for left, top, w, h in boxes(picture) if top < y < top + h and left < x < left + w
        ]
        assert len(room) == 1
        assert len(text.text) * LETTER <= room[0], text.text


@pytest.mark.parametrize("name", PICTURES)
def test_an_arrow_leads_from_box_to_box_past_all_others(name):
    picture = lanes(*PICTURES[name])
    for x, y, level, tip in goes_over(picture):
        assert any(left < x < left + w and top + h == y for left, top, w, h in boxes(picture))
        assert any(
            min(abs(left - tip), abs(left + w - tip)) == 8 and top < level < top + h
            for left, top, w, h in boxes(picture)
        )
        for left, top, w, h in boxes(picture):
            assert not (left < x < left + w and y < top + h and top < level and top != y - h)
            assert not (left < max(x, tip) and left + w > min(x, tip) and top < level < top + h)


def test_the_race_has_all_its_steps_and_each_change_of_worker():
    picture = lanes(race())
    assert len(goes_over(picture)) == 3
    assert str(picture).splitlines() == [
        "✗ lost, k4: two jobs have counted, and the count is 1",
        "    1  w1  ⇄ left: reads the count: 0  GET count",
        "    2  w2  ⇄ right: reads the count: 0  GET count",
        "    3  w1  ⇄ left: writes the count: 1  SET count",
        "    4  w2  ⇄ right: writes the count: 1  SET count",
    ]


def test_what_happened_twice_is_there_twice_and_the_rest_is_folded():
    picture = lanes(TWICE)
    lines = str(picture).splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines if "step('a')" in line] == [
        "w1  a: step('a')",
        "w2  a: step('a')",
    ]
    folded = [int(number) for number in re.findall(r"… (\d+) more step", str(picture))]
    shown = [line for line in lines[1:] if "…" not in line]
    assert sum(folded) + len(shown) == len(TWICE.steps)
    assert len(shown) <= MOST


def test_a_death_has_a_sign_and_words_in_the_lane_of_its_worker():
    assert "    5  w1  † crashes  before: a: notes that it is busy" in str(lanes(LOST))
    assert "† crashes" in labels(lanes(LOST))
    assert len(goes_over(lanes(LOST))) == 1


@pytest.mark.parametrize("name", PICTURES)
def test_the_twin_has_all_that_is_drawn(name):
    picture = lanes(*PICTURES[name])
    for words in labels(picture):
        begin = words.split("…")[0].strip()
        assert begin in str(picture) or words in {"worker-0", "worker-1", "worker-2", "w1", "w2"}
    alt = words_of(picture._repr_mimebundle_()["text/html"])
    assert len(alt) <= MOST_ALT


@pytest.mark.parametrize("at", [0, 8, 60, len(TWICE.steps) - 1])
def test_the_current_step_is_there_and_marked(at):
    picture = lanes(TWICE, at)
    marked = [line for line in str(picture).splitlines() if line.startswith(">")]
    assert len(marked) == 1
    assert int(marked[0][1:6]) == at + 1
    assert picture.svg.count(HERE) == 2
    assert HERE not in lanes(TWICE).svg
    assert "\n>" not in str(lanes(TWICE))


def test_the_mark_is_seen_on_both_pages():
    for page in (WHITE, BLACK):
        assert contrast(HERE, page) >= 3
        assert contrast(EDGE, page) >= 3


def test_at_most_eight_steps_matter_and_deaths_come_first():
    assert len(matters(BUSY)) == MOST
    assert {14, 17} <= {*matters(BUSY)}
    assert 44 in matters(BUSY, 44)
    assert matters(race()) == [0, 1, 2, 3]


def test_a_key_is_shared_if_one_writes_and_both_are_at_work():
    def steps(*lines: str) -> list[Step]:
        split = [line.split() for line in lines]
        return [Step(worker, "", what, (key,), what == "SET") for worker, what, key in split]

    assert shared(steps("w1 GET k", "w2 GET k", "w1 SET k", "w2 SET k")) == {"k"}
    assert shared(steps("w1 GET k", "w2 GET k", "w1 GET k", "w2 GET k")) == set()
    assert shared(steps("w1 SET k", "w1 SET k", "w2 SET k", "w2 GET k")) == set()
    assert shared(steps("w1 SET a", "w2 SET b", "w1 SET a", "w2 SET b")) == set()


def test_one_worker_that_does_all_has_one_lane_and_no_arrow():
    picture = lanes(Fate("", "unharmed", work("w1", "ab")))
    assert goes_over(picture) == []
    assert "w1" in labels(picture)


def test_the_tasks_own_keys_come_before_the_libraries_and_the_changes_of_worker():
    def step(worker: str, key: str) -> Step:
        return Step(worker, "", "X", (key,), writes=True)

    own = [step("1", "sum"), step("2", "sum"), step("2", "sum"), step("1", "sum")]
    noise = [step(worker, "rq:workers") for worker in "112212"] * 3
    run = Fate("x", "lost", (own[0], *noise, *own[1:3], *noise, own[3]))
    assert {0, 19, 20, 39} <= {*matters(run)}
