"""The costs of each test, in seconds of processor time: make costs

This is a pytest plugin. The time of a test's processes counts, too: of one that was waited for, and
of one that is alive, such as a notebook's kernel. A fixture's cost is that of the first test that
uses it. It writes docs/costs.md, or if only some files were asked for, to the terminal.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import psutil
import pytest

from tools import lesson

FILE = lesson.PROJECT / "docs" / "costs.md"
NAME = "processor time"
START = "to start, and to collect the tests"
LEAST = 0.01  # files with a smaller share of the whole are summed up in the last row
DEAREST = 25  # tests
HEAD = """\
# What the tests cost

Seconds of processor time (a process and its children) on the machine on which `make costs` ran
last, {day}; the shares hold elsewhere, too. {tests:,} tests cost {seconds:.0f} s.
Which promise is kept by which tier is in [architecture.md](architecture.md).
"""


def spent() -> float:
    """Return the processor time (s) of this process and all that it has started."""
    total = sum(os.times()[:4])
    for child in psutil.Process().children(recursive=True):
        try:
            total += sum(child.cpu_times()[:4])
        except psutil.Error:
            continue  # it has just ended, and counts as soon as its parent has waited for it
    return total


class Costs:
    """Notes the costs of each phase of a test in its report; a worker of xdist sends them."""

    def __init__(self) -> None:
        self.before = spent()
        self.of: Counter[str] = Counter()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        now = spent()
        if not hasattr(session.config, "workerinput"):  # a worker of xdist does not know it
            self.of[START] += now - self.before
        self.before = now

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item):
        report = yield
        now = spent()
        report.user_properties = [*report.user_properties, (NAME, max(0.0, now - self.before))]
        self.before = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        costs = (value for name, value in report.user_properties if name == NAME)
        self.of[report.nodeid] += sum(costs)

    def pytest_terminal_summary(self, terminalreporter, config: pytest.Config) -> None:
        text = told(self.of, date.today())
        if config.args_source == pytest.Config.ArgsSource.TESTPATHS:  # all files
            FILE.write_text(text, encoding="utf-8")
        else:
            terminalreporter.write(text)


def told(costs: Counter[str], day: date) -> str:
    """Return the text of the file: the expensive files, and the most expensive tests."""
    total, files = costs.total(), defaultdict(list)
    for test, seconds in costs.items():
        files[test.partition("::")[0]].append(seconds)
    dear = {name: them for name, them in files.items() if sum(them) >= LEAST * total}
    others = [seconds for name, them in files.items() if name not in dear for seconds in them]
    dear = dict(sorted(dear.items(), key=lambda one: -sum(one[1])))
    if others:
        dear[f"{len(files) - len(dear)} other files"] = others
    number = {name: "" if name == START else len(them) for name, them in dear.items()}
    by_file = [(name, number[name], *shown(sum(them), total)) for name, them in dear.items()]
    single = [
        (test, *shown(seconds, total))
        for test, seconds in costs.most_common(DEAREST + 1)
        if test != START
    ]
    text = HEAD.format(day=day, tests=len(costs.keys() - {START}), seconds=total)
    text += table(("file", "tests", "seconds", "share"), by_file)
    return text + table(("the dearest tests", "seconds", "share"), single)


def dearest_files() -> list[str]:
    """Return the expensive files of the last report, the most expensive first."""
    return re.findall(r"^\| ([\w/.]+\.(?:py|ipynb)) \|", FILE.read_text(encoding="utf-8"), re.M)


def shown(seconds: float, total: float) -> tuple[str, str]:
    """Return both figures, rounded so that two runs differ only after a real change."""
    return f"{seconds:.0f}" if seconds >= 2 else f"{seconds:.1f}", f"{100 * seconds / total:.0f} %"


def table(titles: Sequence[str], rows: Iterable[Sequence]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n" + "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Costs())
