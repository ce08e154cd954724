"""The text about the releases, from kept.json: docs/versions.md, and cells of the notebooks."""

from itertools import pairwise

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from tools import lesson
from tools.drift import kept
from tools.drift.cells import short
from tools.drift.environment import SERVER
from tools.drift.kept import Fact, Outcome, order
from tools.drift.race import PAIRS

PAGE = lesson.PROJECT / "docs" / "versions.md"
SINCE = "since-"  # with the id of a code cell: the id of the badge before it
TOLD = "told-"  # with a release, as "told-rq-3": the id of a cell that is written from here
NAMES = {"rq": "RQ", "arq": "ARQ", "redis": "redis-py", "fakeredis": "fakeredis"}
HEAD = """# Which facts of the lesson change from which version to which

Written by `make matrix`, which runs all notebooks with other releases in the place of ours: \
{ours}. A *fact* is what a cell says; *steps* are another number of commands to the same end. \
All runs are on the embedded Redis, but for those that name a server. What differs from run to run \
stands as it was in the last one.
"""


def write() -> None:
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return docs/versions.md.

    For each library it lists the changes from release to release, then a line for each combination.
    """
    parts = [HEAD.format(ours=", ".join(f"{NAMES[one]} {ours(one)}" for one in NAMES))]
    for library, name in NAMES.items():
        for old, new, facts in steps(library):
            if facts:
                parts.append(
                    f"## From {name} {old} to {new}\n\n{table(library, old, new, facts)}\n"
                )
    parts.append("## All that was run\n\n| with | on | seen |\n|---|---|---|\n" + _runs())
    return "\n".join(parts)


def _runs() -> str:
    rows = []
    for name, one in sorted(kept.read().items(), key=lambda item: (item[0][:4], order(item[0]))):
        versions, _, seen = one.lines[0].rpartition(": ")
        if name.startswith(SERVER):
            name = versions.rpartition(", ")[2]
        told = "; ".join(filter(None, [seen, _left(one)]))
        rows.append(f"| {name.replace('==', ' ')} | {one.date} | {_plain(told)} |\n")
    return "".join(rows)


def _left(one: Outcome) -> str:
    """Return how many jobs were left behind when workers finished at once; "" if none."""
    if not any(map(sum, one.left.values())):
        return ""
    told = [f"{n} workers left {', '.join(map(str, runs))}" for n, runs in one.left.items()]
    return f"dependents left waiting, of {PAIRS} pairs of jobs: {'; '.join(told)}"


def ours(library: str) -> str:
    return lesson.pins()[library]


def steps(library: str) -> list[tuple[str, str, list[Fact]]]:
    """Return each two neighbouring releases, ours among them, with the facts that change there."""
    found = {ours(library): Outcome("", [])} | kept.releases(library)
    known = sorted(found, key=order)
    result = []
    for old, new in pairwise(known):
        far, near = (old, new) if order(new) <= order(ours(library)) else (new, old)
        others = found[near].cells()
        result.append((old, new, [one for one in found[far].facts if set(one.cells) - others]))
    return result


def table(library: str, old: str, new: str, facts: list[Fact], linked: str = "") -> str:
    """Return a row for each fact. In a notebook, `linked` is its number, places are links."""
    ours_is_new = order(new) <= order(ours(library))
    rows = [f"| where | {NAMES[library]} {old} | {NAMES[library]} {new} |", "|---|---|---|"]
    for one in facts:
        said = (one.theirs, one.ours) if ours_is_new else (one.ours, one.theirs)
        rows.append(f"| {_where(one, linked)} | {_code(said[0])} | {_code(said[1])} |")
    return "\n".join(rows)


def _where(fact: Fact, here: str) -> str:
    """Return the section where the fact is seen, and the other notebooks."""
    more = {cell[:2]: cell for cell in reversed(fact.cells[1:]) if cell[:2] != fact.place[:2]}
    also = sorted(more)
    place = _plain(fact.place)
    if here:
        place = _link(fact.cells[0], here, place)
        also = [_link(more[one], here, "section 0" if one == here else one) for one in also]
    return place + (f" (also {', '.join(also)})" if also else "")


def _link(cell: str, here: str, text: str) -> str:
    number, _, name = cell.partition(" ")
    file = "" if number == here else next(p.name for p in lesson.paths() if p.name[:2] == number)
    return f"[{text}]({file}#cell-id={name})"


def _code(line: str) -> str:
    return f"`` {short(line, 72).replace('|', '∣')} ``" if line else "nothing"


def _plain(text: str) -> str:
    return text.replace("`", "").replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


def fill_in(nb: NotebookNode, number: str) -> None:
    """Write the badges of a notebook's cells, and its texts about the releases."""
    badges = {cell: words for cell, words in since().items() if cell[:2] == number}
    cells = []
    for cell in nb.cells:
        if cell.id.startswith(SINCE):
            continue
        if words := badges.get(f"{number} {cell.id}"):
            cells.append(new_markdown_cell(words, id=f"{SINCE}{cell.id}"))
        if cell.id.startswith(TOLD):
            cell.source = told(*cell.id.removeprefix(TOLD).rsplit("-", 1), number)
        cells.append(cell)
    nb.cells = cells


def since() -> dict[str, str]:
    """Return the badge of each cell whose text differs with an older release than ours."""
    badges = {}
    for library, name in NAMES.items():
        for old, new, facts in steps(library):
            if order(new) <= order(ours(library)):
                words = f"*Needs {name} {new} or newer: {old} gives another result.*"
                badges |= {cell: words for one in facts for cell in one.cells}
    return badges


def told(library: str, release: str, number: str) -> str:
    """Return the changes in the newest kept release of this number ("3"), for a notebook."""
    found = kept.releases(library)
    new = max((one for one in found if one.split(".")[0] == release), key=order)
    name, one, known = NAMES[library], found[new], found.get(ours(library))
    parts = [f"With {name} {new} (run on {one.date}), these cells show another result:"]
    parts.append(table(library, ours(library), new, one.facts, linked=number))
    if _left(one) and known:
        with_ours = _left(known) or "none"
        told = _left(one)
        parts.append(
            f"{told[0].upper()}{told[1:]} ({name} {ours(library)}: {with_ours}), on a real server."
        )
    return "\n\n".join(parts)
