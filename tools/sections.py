"""Numbered sections: `## 3. Title` in a notebook, and the links that name one by its number.

A new section is `## 0. Title`; a link is `[section 0](#cell-id=…)`, or `[0](#cell-id=…)` after
another. `make store` writes the numbers; the linter refuses those that are wrong.
"""

import re
from itertools import count

from nbformat import NotebookNode

HEADING = re.compile(r"^## (\d+)\. ", flags=re.MULTILINE)
LINK = re.compile(r"\[((?:[Ss]ections? )?)\d+\]\(#cell-id=([\w-]+)\)")
BY_HAND = re.compile(r"(?<!\[)\b[Ss]ections? \d+")


def number(nb: NotebookNode) -> None:
    """Number the headings from 1 on, and the links by the section of their cell."""
    numbers, section, section_of = count(1), "0", {}
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = HEADING.sub(lambda _: f"## {next(numbers)}. ", cell.source)
            section = (HEADING.findall(cell.source) or [section])[-1]
        section_of[cell.id] = section
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(
                lambda link: f"[{link[1]}{section_of.get(link[2], '0')}](#cell-id={link[2]})",
                cell.source,
            )
