"""Which tests need no second run with a REDIS_URL, because they never look for it?

This is a pytest plugin for two runs. The first one, without a REDIS_URL, notes the tests that do
the same in both runs, and the second one leaves them out. A test is touched, and so not noted, if
it looked for REDIS_URL, or started a process, which may look, too. So are all tests that share with
it what may depend on that: a fixture of their module, a notebook, a file that keeps values in a
cache. So are all tests of a file that looked when it was imported, or that mentions a module that
did, directly or through other modules.

    python -m pytest -p tools.touched --note-untouched=FILE
    REDIS_URL=… python -m pytest -p tools.touched --leave-out=FILE

A value that a test keeps for another file must not depend on REDIS_URL.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from tools import lesson

NAME = b"REDIS_URL"
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}
KEEPS = re.compile(r"\b(lru_)?cache\b|^ *global ", re.MULTILINE)
OURS = re.compile(r"\b(?:lesson_code|tests|tools)(?:\.\w+)*")
FROM = re.compile(r"from ((?:lesson_code|tests|tools)[\w.]*) import (?:\(([^)]*)\)|(.*))")


class Environment(dict):
    """The environment variables, as `os.environ` keeps them; it reports each look for REDIS_URL."""

    def __init__(self, variables: dict, look: Callable[[], None]) -> None:
        super().__init__(variables)
        self.look = look

    def __getitem__(self, key):
        if key == NAME:
            self.look()
        return super().__getitem__(key)

    def __iter__(self):
        self.look()
        return super().__iter__()


class Looks:
    """The number of looks so far, and the modules that looked when they were imported."""

    def __init__(self) -> None:
        self.number, self.modules = 0, set()
        os.environ._data = Environment(os.environ._data, self.look)
        sys.addaudithook(lambda event, args: event in STARTS and self.look())

    def look(self) -> None:
        self.number += 1
        frame = sys._getframe(1)
        while frame := frame.f_back:
            if frame.f_code.co_name == "<module>":
                self.modules.add(frame.f_globals.get("__name__", ""))


class Note:
    """Writes down the untouched tests; a worker of xdist sends what it saw to the main process."""

    def __init__(self, file: Path) -> None:
        self.file, self.looks = file, Looks()
        self.looked: set[str] = set()  # the names of tests
        self.ran: dict[str, list[str]] = {}  # each test, and its fixtures
        self.fixtures: set[str] = set()  # those that several tests share, and that looked
        self.modules: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        before = self.looks.number
        result = yield
        self.ran[item.nodeid] = [*getattr(item, "fixturenames", ())]
        if self.looks.number > before:
            self.looked.add(item.nodeid)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef):
        before = self.looks.number
        result = yield
        if self.looks.number > before and fixturedef.scope != "function":
            self.fixtures.add(fixturedef.argname)
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput"):
            session.config.workeroutput["touched"] = {
                "looked": [*self.looked],
                "ran": self.ran,
                "fixtures": [*self.fixtures],
                "modules": [*self.looks.modules],
            }
        else:
            self.modules |= self.looks.modules
            found = self.ran.keys() - self._touched(session.config.rootpath)
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps(sorted(found), indent=1), encoding="utf-8")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node) -> None:
        for name, found in node.workeroutput["touched"].items():
            getattr(self, name).update(found)

    def _touched(self, here: Path) -> set[str]:
        """Return the names of all tests that need a second run."""
        whole = {file for file in map(file_of, self.looked) if is_one_run(here / file)}
        for file in {*map(file_of, self.ran)}:
            if self.modules & {Path(file).stem, dotted(file), *mentioned(here / file)}:
                whole.add(file)
        return {
            test
            for test, fixtures in self.ran.items()
            if test in self.looked or self.fixtures.intersection(fixtures) or file_of(test) in whole
        }


def file_of(test: str) -> str:
    return test.partition("::")[0]


def dotted(file: str) -> str:
    return ".".join(Path(file).with_suffix("").parts)


def is_one_run(file: Path) -> bool:
    """Return whether tests of this file can use what an earlier one has found.

    The cells of a notebook do, and the tests of a file with a cache.
    """
    return file.suffix != ".py" or bool(KEEPS.search(file.read_text(encoding="utf-8")))


def mentioned(file: Path) -> set[str]:
    """Return our modules that this file of tests mentions, and those that they mention."""
    found, waiting = set(), names(file.read_text(encoding="utf-8"))
    while waiting:
        found |= waiting
        waiting = set().union(*map(_mentioned_by, waiting)) - found
    return found


def names(source: str) -> set[str]:
    """Return the dotted names of ours in a source; not all of them need be modules."""
    found = set(OURS.findall(source))
    for module, several, line in FROM.findall(source):
        found |= {f"{module}.{name}" for name in re.findall(r"\w+", several or line)}
    return found | {name.rpartition(".")[0] for name in found if "." in name}


@cache
def _mentioned_by(module: str) -> set[str]:
    path = lesson.PROJECT.joinpath(*module.split("."))
    files = [one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()]
    return names(files[0].read_text(encoding="utf-8")) if files else set()


class LeaveOut:
    """Leaves out the tests that were noted."""

    def __init__(self, tests: Iterable[str]) -> None:
        self.tests = {*tests}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list) -> None:
        left_out = [item for item in items if item.nodeid in self.tests]
        items[:] = [item for item in items if item.nodeid not in self.tests]
        config.hook.pytest_deselected(items=left_out)


def pytest_addoption(parser: pytest.Parser) -> None:
    for name in ("--note-untouched", "--leave-out"):
        parser.addoption(name, type=Path)


def pytest_configure(config: pytest.Config) -> None:
    if file := config.option.note_untouched:
        config.pluginmanager.register(Note(file))
    if file := config.option.leave_out:
        config.pluginmanager.register(LeaveOut(json.loads(file.read_text(encoding="utf-8"))))
