"""The rules for a notebook of this lesson: each rule yields its complaints about one."""

import copy
import re
import statistics
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import lesson, reading, sections
from tools.drift.versions import SINCE
from tools.names import bound
from tools.store import METADATA

POINTS = tomllib.loads((lesson.PROJECT / "tests/lesson_points.toml").read_text())["points"]
NO_QUIZ = {"11", "26"}  # the game and the list of questions
NOT_OURS = {"raises-exception", "nbval-ignore-output"}
EMPTY_HEADER = re.compile(r"^\|(?:.*\|)? *\|.*\n\|[-|: ]+\|$", flags=re.MULTILINE)
NOISE = {
    "a path of a machine": r"(?<![\w.])/(home|root|tmp|usr|opt|Users|work|var)/\w",
    "an address in memory": r" at 0x[0-9a-f]{6,}",
    "a random id": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b",
    "a job as Python writes it": r"Job\('[\w-]+', enqueued_at",
    "a time of day": r"\b\d{4}-\d\d-\d\dT?\s?\d\d:\d\d",
    "a secret": r"://[^/\s]*:[^/\s*]+@|AKIA[0-9A-Z]{16}|-----BEGIN",
}


def complaints(nb: NotebookNode, path: Path) -> list[str]:
    """Return all that is wrong with the notebook, each with the place."""
    return [f"{path.name}: {what}" for rule in RULES for what in rule(nb, path)]


def code_cells(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def lines(cell: NotebookNode) -> int:
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def bullets(text: str) -> list[str]:
    return re.findall(r"^- (.+)$", text, flags=re.MULTILINE)


def opening(nb: NotebookNode, path: Path) -> Iterator[str]:
    first = nb.cells[0].source
    order = ["# ", "**You will**", "**You need**", "**Time** ", "**Last run with** "]
    places = [first.find(part) for part in order]
    if -1 in places or places != sorted(places):
        yield f"the first cell needs, in this order: {order}"
    if not 2 <= len(bullets(first)) <= 4:
        yield "**You will** needs two to four bullets"
    if lesson.versions() not in first:
        yield f"was last run with other versions: make store ({lesson.versions()})"


def closing(nb: NotebookNode, path: Path) -> Iterator[str]:
    *_, have, last = nb.cells
    if have.id != "you-have" or last.id != "navigation":
        yield "the last cells are 'you-have' and 'navigation'"
        return
    links = [re.fullmatch(r"\[(.+)\]\(#cell-id=([\w-]+)\)", line) for line in bullets(have.source)]
    if [link and link[1] for link in links] != bullets(nb.cells[0].source):
        yield "'You can now' does not repeat 'You will', word for word, each linked to a cell"
    executed = {cell.id for cell in code_cells(nb)}
    yield from (f"{link[2]} is no code cell" for link in links if link and link[2] not in executed)
    if "**Remember**" not in have.source:
        yield "'You can now' lacks what to **Remember**"
    if last.source != lesson.navigation(path):
        yield "the navigation is old: make store"


def cell_ids(nb: NotebookNode, path: Path) -> Iterator[str]:
    seen = set()
    for cell in nb.cells:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", cell.id) or re.fullmatch(
            r"[0-9a-f]{8}", cell.id
        ):
            yield f"cell {cell.id}: an id is some-readable-words"
        if cell.id in seen:
            yield f"cell {cell.id}: a second one with this id"
        seen.add(cell.id)


def metadata(nb: NotebookNode, path: Path) -> Iterator[str]:
    if nb.metadata != METADATA:
        yield "metadata that changes from run to run: make store"
    for cell in nb.cells:
        if set(cell.metadata) - {"tags", "jupyter"}:
            yield f"cell {cell.id}: metadata {sorted(cell.metadata)}: make store"


def executed(nb: NotebookNode, path: Path) -> Iterator[str]:
    for number, cell in enumerate(code_cells(nb), start=1):
        if cell.execution_count != number:
            yield f"cell {cell.id}: was not run in its turn: make store"


def outputs(nb: NotebookNode, path: Path) -> Iterator[str]:
    for cell in code_cells(nb):
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed != ("raises-exception" in tags(cell)):
            yield f"cell {cell.id}: the tag raises-exception and the stored outputs disagree"
        for output in cell.outputs:
            data = output.get("data", {})
            if {"image/png", "image/jpeg"} & set(data):
                yield f"cell {cell.id}: a bitmap, which nbval does not compare"
            for image in re.findall(r"<img[^>]*", data.get("text/html", "")):
                if not re.search(r'alt="[^"]{10,}', image):
                    yield f"cell {cell.id}: a picture without alt text"
            if output.get("name") == "stderr":
                yield f"cell {cell.id}: something was printed on stderr: {output.text[:60]!r}"


def noise(nb: NotebookNode, path: Path) -> Iterator[str]:
    for cell in nb.cells:
        for what, pattern in NOISE.items():
            if found := re.search(pattern, str([cell.source, cell.get("outputs", "")])):
                yield f"cell {cell.id}: {what}: {found[0]!r}"


def size(nb: NotebookNode, path: Path) -> Iterator[str]:
    cells = code_cells(nb)
    if statistics.median(map(lines, cells)) > 3:
        yield f"code cells have {statistics.median(map(lines, cells))} lines, more than 3 (median)"
    if sum(lines(cell) > 12 for cell in cells) > len(cells) / 10:
        yield "more than one code cell in ten has over 12 lines"
    asking = [cell for cell in cells if cell.source.startswith(("predict(", "quiz(", "reason("))]
    if not 0.5 <= (len(cells) - len(asking)) / (len(nb.cells) - len(cells)) <= 2:
        yield "prose and code are out of balance"
    if len(nbformat.writes(nb).encode()) > 150_000:
        yield "is larger than 150 KB"
    if (number := sum(not cell.id.startswith(SINCE) for cell in nb.cells)) > 110:
        yield f"has {number} cells, more than 110"


def time(nb: NotebookNode, path: Path) -> Iterator[str]:
    about = lesson.headline(path)
    read, practise = (12, 8) if about.is_lesson else (30, None)
    taken = reading.minutes(nb)
    if taken > read:
        yield f"takes {taken} minutes to read, more than {read}"
    if practise and about.minutes[1] > practise:
        yield f"takes {about.minutes[1]} minutes to practise, more than {practise}"


def letters(nb: NotebookNode, path: Path) -> Iterator[str]:
    """JupyterLab shows a picture as large as it is, also when it is zoomed (tests/browser)."""
    for cell in code_cells(nb):
        for text in (output.get("data", {}).get("text/html", "") for output in cell.outputs):
            sizes = map(float, re.findall(r"font-size=['\"]([\d.]+)", text))
            if min(sizes, default=12) < 12:
                yield f"cell {cell.id}: a picture has letters that are smaller than 12 px"


def compared(nb: NotebookNode, path: Path) -> Iterator[str]:
    for cell in code_cells(nb):
        if "NBVAL_" in cell.source or tags(cell) & {"nbval-skip", "nbval-ignore-output"}:
            yield f"cell {cell.id}: its output is not compared"


def teaching(nb: NotebookNode, path: Path) -> Iterator[str]:
    prose = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    if not any(cell.source.startswith("predict(") for cell in code_cells(nb)):
        yield "no surprise is guessed at first (predict)"
    if "<summary>Think first" in prose:
        yield "a question is folded, and not asked (predict)"
    if "✗" not in str([cell.outputs for cell in code_cells(nb)]):
        yield "no job fails on stage"
    quizzes = sum(cell.source.startswith("quiz(") for cell in code_cells(nb))
    if path.name[:2] not in NO_QUIZ and quizzes < 3:
        yield f"closes with {quizzes} questions, and not with three (quiz)"
    for cell in code_cells(nb):
        yield from (
            f"cell {cell.id}: {tag} is no point of the lesson"
            for tag in tags(cell) - NOT_OURS
            if tag not in POINTS and not re.fullmatch(r"E\d+", tag)
        )


def tables(nb: NotebookNode, path: Path) -> Iterator[str]:
    for cell in nb.cells:
        if cell.cell_type == "markdown" and EMPTY_HEADER.search(cell.source):
            yield f"cell {cell.id}: a column of a table has no header"


def links(nb: NotebookNode, path: Path) -> Iterator[str]:
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)\s]+)\)", cell.source):
                yield from broken(target, path, cell.id)


def broken(target: str, path: Path, cell_id: str) -> Iterator[str]:
    if target.startswith("http"):
        return
    file, _, anchor = target.partition("#")
    there = (path.parent / file).resolve() if file else path
    if not there.exists():
        yield f"cell {cell_id}: the link {target} leads nowhere"
    elif anchor.startswith("cell-id="):
        if anchor.removeprefix("cell-id=") not in {c.id for c in lesson.read(there).cells}:
            yield f"cell {cell_id}: the link {target} leads to no cell"
    elif anchor:
        headings = re.findall(
            r"^#+ (.+)$", "\n".join(c.source for c in lesson.read(there).cells), flags=re.M
        )
        if anchor not in {heading.replace(" ", "-") for heading in headings}:
            yield f"cell {cell_id}: the link {target} leads to no heading"


def numbers(nb: NotebookNode, path: Path) -> Iterator[str]:
    right = copy.deepcopy(nb)
    sections.number(right)
    for cell, numbered in zip(nb.cells, right.cells, strict=True):
        if cell.source != numbered.source:
            yield f"cell {cell.id}: a section has another number: make store"
        if cell.cell_type == "markdown" and (named := sections.BY_HAND.search(cell.source)):
            yield f"cell {cell.id}: {named[0]!r} is no link: [section 0](#cell-id=…), make store"


def names(nb: NotebookNode, path: Path) -> Iterator[str]:
    """A function, a class or an import has a name of its own: no variable is called so."""
    meanings: dict[str, dict[str, str]] = defaultdict(dict)
    for cell in code_cells(nb):
        if not cell.id.startswith("exercise-"):
            for name, meaning in bound(cell.source):
                meanings[name].setdefault(meaning, cell.id)
    for name, found in meanings.items():
        if len(found) > 1:
            yield f"`{name}` is " + " and ".join(f"{what} ({at})" for what, at in found.items())


RULES = [
    opening, closing, cell_ids, metadata, executed, outputs, noise, size, letters, compared,
    teaching, tables, links, numbers, names, time,
]  # fmt: skip
