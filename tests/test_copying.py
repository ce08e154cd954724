"""A button copies what is shown; stored notebooks have none."""

from html.parser import HTMLParser

import pytest

from lesson_code.lab import copying

TEXT = 'a = queue.enqueue(f, "<&\'>")\nb = 1'


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.delenv("LESSON_FRAMES", raising=False)
    monkeypatch.setattr(copying, "get_ipython", lambda: type("Shell", (), {"kernel": True}))
    shown = []
    monkeypatch.setattr(copying, "display", lambda data, raw: shown.append(data))
    return shown


def test_the_button_has_just_this_text(shown):
    copying.offer_copy(TEXT)
    (data,) = shown
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, given: found.append((tag, dict(given)))
    parser.feed(data["text/html"])
    ((tag, given),) = found
    assert (tag, given["data-text"], given["onclick"]) == ("button", TEXT, copying.COPY)
    assert data["text/plain"] == ""


def test_there_is_none_in_a_stored_notebook_or_outside_of_one(shown, monkeypatch):
    monkeypatch.setenv("LESSON_FRAMES", "last")
    copying.offer_copy(TEXT)
    monkeypatch.delenv("LESSON_FRAMES")
    monkeypatch.setattr(copying, "get_ipython", lambda: None)
    copying.offer_copy(TEXT)
    assert shown == []
