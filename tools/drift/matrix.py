"""Run the comparison with each of the kept combinations, and write docs/versions.md.

python -m tools.drift.matrix                 all that pyproject.toml names (tool.lesson.matrix)
python -m tools.drift.matrix rq==3.0.0       only this one; "rq==3.0.0 redis==7.4.0" for two at once

What a combination said last is kept in kept.json; what is new since then is printed, and of one
that cannot be installed, why.
"""

import os
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor

from tools import lesson
from tools.drift import kept, versions
from tools.drift.__main__ import compare
from tools.drift.environment import NoEnvironment, python_of
from tools.drift.race import left_behind

AT_ONCE = 2  # a run of the notebooks takes one core, or less


def main(chosen: list[str]) -> None:
    os.environ.pop("REDIS_URL", None)  # a combination names its server
    project = tomllib.loads((lesson.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = chosen or project["tool"]["lesson"]["matrix"]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, found in zip(wanted, pool.map(outcome, wanted), strict=True):
            new = [f"[install] {found}"] if isinstance(found, str) else kept.keep(name, found)
            print(f"{name}: {'' if new else 'nothing new'}", *new, sep="\n", flush=True)
    versions.write()


def outcome(name: str) -> kept.Outcome | str:
    """Return what this combination says; of one that cannot be installed, why."""
    wanted = name.split()
    try:
        report = compare(wanted)
    except NoEnvironment as error:
        return str(error)
    left = left_behind(python_of(wanted)) if name.startswith("rq==") else {}
    return kept.outcome(report, left)


if __name__ == "__main__":
    main(sys.argv[1:])
