"""An installation says how far it is, and shows what pip said if it fails."""

import os

import pytest

from tools import install


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """Return a function that makes a pip which does this, and the path of that pip."""
    monkeypatch.setattr(install, "EVERY", 0.05)

    def make(does: str) -> str:
        path = tmp_path / "pip"
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_it_says_how_far_it_is(pip, monkeypatch, tmp_path):
    go = tmp_path / "go"
    os.mkfifo(go)
    does = f"echo Collecting rq; echo '  Collecting redis'; read _ <{go}; echo done"
    said, seen = [], []

    def show(words, **options):
        said.append(words)
        if "found so far: 2" in words and not seen:
            seen.append(words)
            go.write_text("\n")  # so pip goes on

    monkeypatch.setattr(install, "print", show, raising=False)
    assert install.main(pip(does), "rq") == 0
    assert said[0] == "  pip looks for the packages …"
    assert seen and said[-1].startswith("  Done in ")


def test_a_failure_shows_what_pip_said(pip, capfd):
    assert install.main(pip("echo ERROR: no network; exit 3"), "rq") == 3
    told = capfd.readouterr()
    assert told.err.startswith("ERROR: no network\npip failed after ")
    assert "Done" not in told.out
