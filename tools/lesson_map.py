"""The map of the lesson, docs/map.svg.

It has the nine notebooks from top to bottom, and right of each the notebooks that go deeper there.
"""

import re

from lesson_code.lab.pictures import Picture, svg
from lesson_code.lab.pictures.stack import HEIGHT
from lesson_code.lab.states import look
from tools import lesson
from tools.lesson import Notebook

FILE = lesson.PROJECT / "docs" / "map.svg"
TITLE = "The nine notebooks of the lesson, and those that go deeper"
EDGE, GAP, ROW = 6, 30, HEIGHT + 14  # px
NEEDS = re.compile(r"^\*\*You need\*\* (.*)$", flags=re.MULTILINE)


def needed(number: str) -> list[str]:
    """Return the numbers of the notebooks that this one names as its prerequisites."""
    path = next(path for path in lesson.paths() if path.name.startswith(number))
    line = NEEDS.search(lesson.read(path).cells[0].source)
    return re.findall(r"\]\((\d\d)_", line[1]) if line else []


def draw() -> Picture:
    """Draw the map from the notebooks' own first cells."""
    heads = [lesson.headline(path) for path in lesson.paths()]
    spine = [head for head in heads if head.is_lesson]
    deeper: dict[str, list[Notebook]] = {head.file[:2]: [] for head in spine}
    for head in heads:
        if not head.is_lesson:
            below = [number for number in needed(head.file[:2]) if number <= lesson.LAST]
            deeper[max(below, default=lesson.LAST)].append(head)
    left = EDGE + max(map(_width, spine)) + GAP
    shapes, words, y, right = [], [], EDGE, left
    before = None
    for head in spine:
        if before is not None:
            shapes += _arrow(EDGE + 40, before + HEIGHT, EDGE + 40, y)
        shapes += _box(EDGE, y, _width(head), head)
        words.append(_line(head))
        before, x = y, left
        for one in (some := deeper[head.file[:2]]):
            if x > left and x + _width(one) > left + 620:
                x, y = left, y + ROW
            if x == left and one is some[0]:
                middle = y + HEIGHT / 2
                shapes += _arrow(EDGE + _width(head), middle, x, middle)
            shapes += _box(x, y, _width(one), one)
            words.append("  " + _line(one))
            x += _width(one) + 12
            right = max(right, x)
        y += ROW
    return Picture(svg.document(right, y, shapes), "\n".join(words), TITLE)


def write() -> None:
    """Write the map to the file that notebook 00 shows."""
    FILE.write_text(draw().svg + "\n", encoding="utf-8")


def _title(head: Notebook) -> str:
    return head.title.partition(":")[0]


def _width(head: Notebook) -> float:
    return len(_title(head)) * svg.LETTER + 12


def _line(head: Notebook) -> str:
    needs = ", ".join(needed(head.file[:2]))
    return f"{head.file[:2]} {_title(head)}" + f"  needs {needs}" * bool(needs)


def _box(x: float, y: float, width: float, head: Notebook) -> list[str]:
    colours = look("finished" if head.is_lesson else "queued")
    return [
        svg.box(x, y, width, HEIGHT, colours),
        svg.label(x + width / 2, y + 15, head.file[:2], "#1a1a1a", bold=True),
        svg.label(x + width / 2, y + 29, _title(head), "#1a1a1a"),
    ]


def _arrow(x: float, y: float, to_x: float, to_y: float) -> list[str]:
    """Return a straight arrow, down or to the right."""
    down = to_y > y
    tip = (
        f"M{to_x - 4:g} {to_y - 7:g}L{to_x:g} {to_y:g}L{to_x + 4:g} {to_y - 7:g}Z"
        if down
        else f"M{to_x - 7:g} {to_y - 4:g}L{to_x:g} {to_y:g}L{to_x - 7:g} {to_y + 4:g}Z"
    )
    line = f"M{x:g} {y:g}L{to_x - (not down) * 7:g} {to_y - down * 7:g}"
    return [svg.line(line, svg.EDGE), f'<path d="{tip}" fill="{svg.EDGE}"/>']
