"""Run the comparison with each of the kept combinations, and write docs/versions.md.

python -m tools.drift.matrix                 all that pyproject.toml names (tool.lesson.matrix)
python -m tools.drift.matrix rq==3.0.0       only this one; "rq==3.0.0 redis==7.4.0" for two at once

What the others said last stays; what is new since then is printed.
"""

import json
import sys
import tomllib
from datetime import date

from tools import lesson
from tools.drift.__main__ import NoEnvironment, compare, environment

KEPT = lesson.PROJECT / "tools" / "drift" / "kept.json"
PAGE = lesson.PROJECT / "docs" / "versions.md"
HEAD = """# Which facts of the lesson change from which version to which

Written by `make matrix`. Each part was run on the notebooks of the day that it names, on the \
embedded Redis; the lesson itself stands on {ours}. A *fact* is what a cell says; *steps* are \
another number of commands to the same end; what only follows from another red cell is counted, \
not told.
"""


def main(chosen: list[str]) -> None:
    project = tomllib.loads((lesson.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for one in chosen or project["tool"]["lesson"]["matrix"]:
        lines = report(one)
        before = kept.get(one, {}).get("lines", [])
        new = [line for line in lines if line not in before]
        print(f"{one}: {'nothing new' if not new else ''}", *new, sep="\n", flush=True)
        kept[one] = {"date": str(date.today()), "lines": lines}
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    ours = ", ".join(f"{name} {version}" for name, version in lesson.pins().items())
    PAGE.write_text(page(kept, ours), encoding="utf-8")


def report(wanted: str) -> list[str]:
    """Return the lines of this combination; of one that cannot be installed, why."""
    try:
        return compare(environment(wanted.split())).splitlines()
    except NoEnvironment as error:
        return [f"cannot be installed: {error}"]


def page(kept: dict[str, dict], ours: str) -> str:
    """Return the page: a part for each combination, its date, and a line for each change."""
    parts = [HEAD.format(ours=ours)]
    for wanted, said in sorted(kept.items()):
        head, *lines = said["lines"]
        parts.append(f"## {wanted.replace('==', ' ')}\n\n{head} ({said['date']})\n")
        if lines:
            parts.append("\n".join(f"- {_plain(line)}" for line in lines) + "\n")
    return "\n".join(parts)


def _plain(line: str) -> str:
    """Return the line without what Markdown would take for its own."""
    return line.replace("`", "").replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


if __name__ == "__main__":
    main(sys.argv[1:])
