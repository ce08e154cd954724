"""The player of a replay answers to mouse and keyboard."""

import pytest
from rq import Queue

from lesson_code.lab import Lab, work
from lesson_code.lab.player import Replay, run_again
from lesson_code.worlds import tasks
from tests.browser.jupyter import SHOTS
from tools.made_up_fates import chain, frames

pytestmark = pytest.mark.browser
FATE = chain().fates[25]


@pytest.fixture
def player(page, monkeypatch):
    monkeypatch.delenv("LESSON_FRAMES", raising=False)
    page.set_viewport_size({"width": 900, "height": 800})
    page.set_content(Replay(FATE, frames(FATE))._repr_mimebundle_()["text/html"])
    return page.locator(".lesson-replay")


def step(player) -> int:
    return int(player.locator("span").inner_text().split()[1])


def test_buttons_lead_from_step_to_step(player):
    assert step(player) == 1
    for name, expected in (
        ("◀ back", 1),
        ("next ▶", 2),
        ("next ▶", 3),
        ("◀ back", 2),
        ("last ▶|", 127),
        ("next ▶", 127),
        ("|◀ first", 1),
    ):
        player.get_by_role("button", name=name).click()
        assert step(player) == expected


def test_keys_lead_from_step_to_step(page, player):
    player.focus()
    for key, expected in (("ArrowRight", 2), ("ArrowLeft", 1), ("End", 127), ("Home", 1)):
        page.keyboard.press(key)
        assert step(player) == expected
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("Enter")  # on the first button
    assert step(player) == 1


def test_a_run_is_scrubbed_without_a_wait(page, player):
    slider = player.get_by_label("step")
    seconds = slider.evaluate(
        "one => { const start = performance.now(); for (let n = 0; n <= 126; n++)"
        "{ one.value = n; one.dispatchEvent(new Event('input')) }"
        "return (performance.now() - start) / 1000 }"
    )
    assert step(player) == 127
    assert seconds / 127 < 0.1


def test_it_plays_and_pauses(page, player):
    player.get_by_role("button", name="play").click()
    page.wait_for_function("document.querySelector('.lesson-replay span').innerText[5] === '3'")
    player.get_by_role("button", name="pause").click()
    here = step(player)
    page.wait_for_timeout(1_500)
    assert step(player) == here
    player.get_by_role("button", name="last ▶|").click()
    player.get_by_role("button", name="◀ back").click()
    player.get_by_role("button", name="play").click()
    player.get_by_role("button", name="play").wait_for(timeout=3_000)  # there is nothing more


def test_each_frame_has_two_pictures_with_words(page, player):
    player.focus()
    for _ in range(26):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("[...document.images].every(one => one.complete)")
        found = page.eval_on_selector_all("img", "all => all.map(one => [one.width, one.alt])")
        assert len(found) == 2
        assert all(width > 0 and alt for width, alt in found)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / "replay.png")


@pytest.fixture
def html(monkeypatch):
    """A Run of a chain that breaks, as a notebook shows it."""
    monkeypatch.delenv("LESSON_FRAMES", raising=False)
    lab = Lab()
    queue = Queue(connection=lab.redis)
    a = queue.enqueue(tasks.task_a, job_id="a")
    b = queue.enqueue(tasks.task_b, depends_on=a, job_id="b")
    queue.enqueue(tasks.task_c, depends_on=b, job_id="c")
    yield run_again(work(lab))["text/html"]
    lab.close()


def words(player) -> str:
    return player.locator("span").inner_text()


def test_a_run_begins_at_its_end_and_is_stepped_and_played(page, html):
    page.set_content(html)
    player = page.locator(".lesson-replay")
    assert words(player) == "4 of 4: b is failed, with worker-1"
    player.focus()
    page.keyboard.press("Home")
    assert words(player) == "0 of 4: at first"
    page.keyboard.press("ArrowRight")
    assert words(player) == "1 of 4: worker-1 starts a"
    player.get_by_label("pace").select_option(label="fast")
    player.get_by_role("button", name="play").click()
    page.wait_for_function("document.querySelector('.lesson-replay span').innerText[0] === '4'")
    player.get_by_role("button", name="play").click()  # once more, from the start
    page.wait_for_function("document.querySelector('.lesson-replay span').innerText[0] < 4")


def test_a_job_opens_by_click_on_its_box_or_by_keyboard_and_stays_open(page, html):
    page.set_content(html)
    player = page.locator(".lesson-replay")
    error = player.get_by_text("TypeError: task_b() missing", exact=False).last
    told = player.locator("details[data-job=b]")
    box = player.locator("img").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # b is the middle
    assert told.get_attribute("open") is not None and error.is_visible()
    player.get_by_role("button", name="back").click()
    assert told.get_attribute("open") is not None and "failed" not in told.inner_text()
    told.locator("summary").press("Enter")
    assert told.get_attribute("open") is None
    player.get_by_role("button", name="back").click()
    assert told.get_attribute("open") is None


def test_who_wants_less_motion_steps_by_hand(page, html):
    page.emulate_media(reduced_motion="reduce")
    page.set_content(html)
    player = page.locator(".lesson-replay")
    assert player.get_by_role("button", name="play").count() == 0
    assert player.get_by_label("pace").count() == 0
    player.get_by_role("button", name="back").click()
    assert words(player).startswith("3 of 4")
