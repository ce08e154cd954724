"""The player of a replay answers to mouse and keyboard."""

import pytest

from lesson_code.lab.player import Replay
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
