"""Which files of tests need no second run with a REDIS_URL, because they never look for it?

This is a pytest plugin for two runs. The first one, without a REDIS_URL, notes each file that
looked for it, or that started a process, which may look, too. A file also counts if it mentions a
module that looked when it was imported, directly or through other modules. All other files do the
same in both runs, and the second one leaves them out:

    python -m pytest -p tools.touched --note-touched=FILE
    REDIS_URL=… python -m pytest -p tools.touched --only-touched=FILE

A value that a test keeps for another file (a cache, a fixture of the session) must not depend on
REDIS_URL.
"""

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
    """Looks since the last check, and the modules that looked when they were imported."""

    def __init__(self) -> None:
        self.new, self.modules = False, set()
        os.environ._data = Environment(os.environ._data, self.look)
        sys.addaudithook(lambda event, args: event in STARTS and self.look())

    def look(self) -> None:
        self.new = True
        frame = sys._getframe(1)
        while frame := frame.f_back:
            if frame.f_code.co_name == "<module>":
                self.modules.add(frame.f_globals.get("__name__", ""))

    def any(self) -> bool:
        new, self.new = self.new, False
        return new


class Note:
    """Writes down the files that looked; a worker of xdist sends them to the main process."""

    def __init__(self, file: Path) -> None:
        self.file, self.looks = file, Looks()
        self.looked: set[str] = set()  # files
        self.ran: set[str] = set()
        self.modules: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        self.looks.any()
        result = yield
        self.ran.add(file_of(item))
        if self.looks.any():
            self.looked.add(file_of(item))
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.modules |= self.looks.modules
        found = {name: sorted(getattr(self, name)) for name in ("looked", "ran", "modules")}
        if hasattr(session.config, "workerinput"):
            session.config.workeroutput["touched"] = found
        else:
            here = session.config.rootpath
            by_import = {one for one in self.ran if self.modules & mentioned(here / one)}
            touched = self.looked | by_import
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text("\n".join(sorted(touched)), encoding="utf-8")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node) -> None:
        for name, found in node.workeroutput["touched"].items():
            getattr(self, name).update(found)


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


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


class Only:
    """Leaves out the files that were not noted."""

    def __init__(self, files: Iterable[str]) -> None:
        self.files = {*files}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list) -> None:
        left_out = [item for item in items if file_of(item) not in self.files]
        items[:] = [item for item in items if file_of(item) in self.files]
        config.hook.pytest_deselected(items=left_out)


def pytest_addoption(parser: pytest.Parser) -> None:
    for name in ("--note-touched", "--only-touched"):
        parser.addoption(name, type=Path)


def pytest_configure(config: pytest.Config) -> None:
    if file := config.option.note_touched:
        config.pluginmanager.register(Note(file))
    if file := config.option.only_touched:
        config.pluginmanager.register(Only(file.read_text(encoding="utf-8").split("\n")))
