"""Slides of a plan of docs/teach.md: one self-contained HTML file, with notes for the speaker.

python -m tools.teaching.slides [A B C]    all plans without a letter; they go to build/
"""

import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

import sphinx_revealjs
from nbformat import NotebookNode

from lesson_code.exercises.exercise import Exercise
from tools.teaching import pages
from tools.teaching.plans import Part, Row, plans, title_of

REVEAL = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"  # it includes reveal.js
STYLES = ("dist/reset.css", "dist/reveal.css")
SCRIPTS = ("dist/reveal.js", "plugin/notes/notes.js")
START = """Reveal.initialize({
  width: 1280, height: 720, margin: 0.03, center: false, hash: true, slideNumber: 'c/t',
  transition: 'none', plugins: [RevealNotes],
});"""
MOST_LINES = 15  # of code and of text on one slide; the rest goes on a second one


def main(letters: list[str]) -> None:
    known = plans()
    if unknown := [letter for letter in letters if letter not in known]:
        sys.exit(f"There is no plan {', '.join(unknown)}; there are {', '.join(known)}.")
    pages.OUT.mkdir(exist_ok=True)
    for letter in letters or known:
        file = pages.OUT / f"slides_{letter}.html"
        file.write_text(deck(title_of(letter), known[letter]), encoding="utf-8")
        print(file.relative_to(pages.OUT.parent), "(S opens the speaker's notes)")


def deck(name: str, rows: list[Row]) -> str:
    """Return the page with the slides of these rows."""
    styles = [f"<style>\n{(REVEAL / style).read_text('utf-8')}</style>" for style in STYLES]
    scripts = [f"<script>\n{_script(REVEAL / script)}</script>" for script in SCRIPTS]
    minutes = sum(row.minutes for row in rows)
    first = slide(f"<h1>Job chaining and dependencies</h1><p>{escape(name)}</p>", _plan(rows))
    body = "\n".join([first, *(one for row in rows for one in _of_row(row))])
    return pages.page(
        f"Job chaining: {minutes} minutes",
        "\n".join(styles),
        f'<div class="reveal"><div class="slides">\n{body}\n</div></div>\n'
        + "\n".join([*scripts, f"<script>{START}</script>"]),
    )


def slide(shown: str, notes: str = "") -> str:
    aside = f'\n<aside class="notes">{notes}</aside>' if notes else ""
    return f"<section>\n{shown}{aside}\n</section>"


def _script(file: Path) -> str:
    return file.read_text("utf-8").replace("</script", "<\\/script")


def _plan(rows: list[Row]) -> str:
    lines = [f"- {row.minutes} minutes: {row.what}" for row in rows]
    return pages.prose("\n".join(lines))


def _of_row(row: Row) -> Iterator[str]:
    notes = pages.prose(f"{row.minutes} minutes. Ask, and stop at: {row.ask or '–'}")
    if row.is_break:
        yield slide(f"<h1>Break</h1><p>{row.minutes} minutes</p>", notes)
        return
    yield slide(f"<h1>{pages.prose(_heading(row))}</h1><p>{row.minutes} minutes</p>", notes)
    for part in row.parts:
        yield from _of_part(part)
    yield from map(_of_exercise, row.exercises)


def _heading(row: Row) -> str:
    return " · ".join(part.title for part in row.parts) or row.what


def _of_part(part: Part) -> Iterator[str]:
    """Yield the slides: each has a heading, a cell and its output; its prose is in the notes."""
    said: list[NotebookNode] = []
    for cell in part.cells:
        if cell.cell_type == "markdown":
            said.append(cell)
        elif question := pages.asked(cell):
            yield from _of_question(*question, said)
            said = []
        else:
            yield from _of_cell(cell, said, part.number)
            said = []
    if said:
        yield slide(pages.prose("\n\n".join(cell.source for cell in said)))


def _of_question(what: str, question: pages.Question, said: list[NotebookNode]) -> Iterator[str]:
    notes, shown = _said(said)
    if what == "predict":
        yield slide(
            shown + pages.options(question),
            notes + "<p>A hand for one answer; then run it.</p>" + pages.answer(question),
        )
    else:
        yield slide(shown + pages.prose(f"*{question.text}*") + pages.answer(question), notes)


def _of_cell(cell: NotebookNode, said: list[NotebookNode], number: str) -> Iterator[str]:
    notes, shown = _said(said)
    notes += f"<p>Live: {number}, cell <code>{cell.id}</code></p>"
    source, seen = pages.code(cell.source), pages.output(cell)
    if _lines(cell) <= MOST_LINES:
        yield slide(shown + source + seen, notes)
    else:
        yield slide(shown + source, notes)
        yield slide(seen, notes)


def _lines(cell: NotebookNode) -> int:
    """Return about how many lines the cell and its output take; a picture counts as ten."""
    texts = [
        one.get("text") or one.get("data", {}).get("text/plain", "") + one.get("evalue", "")
        for one in cell.outputs
    ]
    pictures = sum("text/html" in one.get("data", {}) for one in cell.outputs)
    return len("\n".join([cell.source, *texts]).splitlines()) + 3 * pictures


def _said(said: list[NotebookNode]) -> tuple[str, str]:
    """Return the prose, for the notes; and the content of the slide: heading, table, last words."""
    whole = "\n\n".join(cell.source for cell in said)
    blocks = [block for block in re.split(r"\n\n+", pages.FOLDED.sub("", whole)) if block.strip()]
    kept = [block for block in blocks if block.startswith(("#", "|", "```"))]
    words = [block for block in blocks if block not in kept]
    kept += [re.split(r"(?<=[.?:]) (?=[A-Z`*])", words[-1])[-1]] if words else []
    return pages.prose(whole), pages.prose("\n\n".join(kept))


def _of_exercise(one: Exercise) -> str:
    hints = "\n".join(f"- {hint}" for hint in one.hints)
    head = f"### {one.stars} {one.title}\n`{one.id}`, {one.engine.upper()}, {one.minutes} minutes"
    return slide(
        pages.prose(f"{head}\n\n{one.text}") + pages.code(one.stub.strip()),
        pages.prose(f"Hints:\n\n{hints}"),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
