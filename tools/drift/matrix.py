"""Run the comparison with each of the kept combinations, and write docs/versions.md.

python -m tools.drift.matrix                 all that pyproject.toml names (tool.lesson.matrix)
python -m tools.drift.matrix rq==3.0.0       only this one; "rq==3.0.0 redis==7.4.0" for two at once
python -m tools.drift.matrix 00 server==own  of this notebook only; what it says is not kept

The last result of a combination is kept in kept.json, as long as pyproject.toml names it. New lines
are printed; for a combination that cannot be installed, the reason is printed.

Without words, the tests of the commands `explain`, `draw` and `prove` are run, too, with the
releases that a project of one's own may have (tool.lesson.commands).
"""

import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tools import lesson
from tools.drift import kept, versions
from tools.drift.__main__ import compare, split
from tools.drift.environment import NoEnvironment, keep_bytecode, python_of
from tools.drift.race import left_behind

AT_ONCE = (os.cpu_count() or 1) + 2  # a run of the notebooks takes two thirds of a core
OF_COMMANDS = [f"tests/test_{name}.py" for name in ("explain", "draw", "assert_survives")]


def main(words: list[str]) -> None:
    notebooks, chosen = split(words)
    os.environ.pop("REDIS_URL", None)  # a combination names its server
    keep_bytecode()
    project = tomllib.loads((lesson.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = chosen or project["tool"]["lesson"]["matrix"]
    more = [] if words else project["tool"]["lesson"]["commands"]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        of_commands = pool.map(commands, more)
        for name, found in zip(wanted, pool.map(partial(outcome, notebooks), wanted), strict=True):
            if isinstance(found, str):
                new = [f"[install] {found}"]
            else:
                new = found.lines if notebooks else kept.keep(name, found)
            print(f"{name}: {'' if new else 'nothing new'}", *new, sep="\n", flush=True)
        for name, told in zip(more, of_commands, strict=True):
            print(f"{name}: explain, draw and prove: {told}", flush=True)
    if not words:
        kept.forget_others(wanted)
    versions.write()


def commands(name: str) -> str:
    """Return how the tests of the commands end with these releases, in one line."""
    try:
        python = python_of(name.split())
    except NoEnvironment as error:
        return f"[install] {error}"
    pytest = [python, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*pytest, *OF_COMMANDS], cwd=lesson.PROJECT, capture_output=True, text=True
    )
    return (ran.stdout.strip() or ran.stderr.strip()).splitlines()[-1]


def outcome(notebooks: Sequence[str], name: str) -> kept.Outcome | str:
    """Return the result of this combination; for one that cannot be installed, the reason."""
    wanted = name.split()
    try:
        report = compare(wanted, notebooks)
    except NoEnvironment as error:
        return str(error)
    left = left_behind(python_of(wanted)) if name.startswith("rq==") else {}
    return kept.outcome(report, left)


if __name__ == "__main__":
    main(sys.argv[1:])
