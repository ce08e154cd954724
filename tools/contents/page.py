"""The contents page: its template, filled with the sections and the words of all notebooks."""

import json
import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template

from lesson_code.exercises.places import cells, is_searched
from lesson_code.working_copy import NOTEBOOKS

NAME = "contents.html"
TEMPLATE = Path(__file__).parent / "page.html"
FOLDED = re.compile(r"<details.*?</details>", re.DOTALL)  # answers: a search must not show them
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
CODE = re.compile(r"`([^`]+)`")
MARKS = re.compile(r"^#+ |\*\*|`|</?[a-z][^>]*>|^\|[-|: ]+\|$", re.MULTILINE)
STRESS = re.compile(r"(?<![\w*])\*(\w[^*\n]*)\*(?![\w*])")


@dataclass
class Section:
    """A section of a notebook: its first cell, its heading, and the words of each of its cells."""

    cell_id: str
    heading: str
    texts: list[str] = field(default_factory=list)


def page(notebooks: str) -> str:
    """Return the page; the address of a notebook is `notebooks` and its file name."""
    paths = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    parts = [(path, sections(path)) for path in paths]
    words = [one.texts for _, found in parts for one in found]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        number=len(paths),
        sections=len(words),
        notebooks="\n".join(_notebook(notebooks, *part) for part in parts),
        words=json.dumps(words, ensure_ascii=False).replace("</", "<\\/"),
    )


def sections(path: Path) -> list[Section]:
    """Return the sections of a notebook, and its exercises, each once, in their order."""
    found: dict[str, Section] = {}
    for cell_id, heading, source, kind in cells(path):
        text = source if kind == "code" else plain(source)
        if is_searched(cell_id) and text:  # a section may go on after an exercise
            found.setdefault(heading, Section(cell_id, heading)).texts.append(text)
    return [*found.values()]


def plain(source: str) -> str:
    """Return the words of Markdown, without its marks, and without folded answers."""
    words = LINK.sub(r"\1", FOLDED.sub("", source))
    return STRESS.sub(r"\1", MARKS.sub("", words)).strip()


def _notebook(notebooks: str, path: Path, found: list[Section]) -> str:
    title, *others = found
    items = "\n".join(f"<li>{_link(notebooks, path, one)}</li>" for one in others)
    name = f"<b>{path.name[:2]}</b> {_html(title.heading)}"
    return (
        f'<article><h2><a href="{notebooks}{path.name}">{name}</a></h2>\n'
        f'<ol role="list">\n{items}\n</ol></article>'
    )


def _link(notebooks: str, path: Path, section: Section) -> str:
    address = f"{notebooks}{path.name}#cell-id={section.cell_id}"
    return f'<a href="{address}">{_html(section.heading)}</a>'


def _html(heading: str) -> str:
    return CODE.sub(r"<code>\1</code>", escape(heading))
