"""A sheet as one drawing: its panels follow each other like the words of a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from lesson_code.lab.pictures import svg
from lesson_code.lab.pictures.heading import Heading
from lesson_code.lab.pictures.sheet import Panel, Sheet

WIDTH = 900  # px: a row of panels is not wider, unless one panel is
GAP, MARGIN = 28, 16  # px: between panels, around the page
LINE = 18  # px: a line of a caption or a note
MOST_LETTERS = 110  # of a caption or a note
LETTER = 6.6  # px: the width of a letter of a caption, rounded up
# The file has its own page, so that its letters are readable on every desktop.
STYLE = """<style>
.page { fill: #ffffff } .words { fill: #1a1a1a; text-anchor: start }
@media (prefers-color-scheme: dark) { .page { fill: #111111 } .words { fill: #eeeeee } }
</style>"""


@dataclass(frozen=True)
class Block:
    """A panel with its caption above and its notes below."""

    caption: str
    drawing: str
    notes: tuple[str, ...]
    width: float
    height: float  # of all of it
    inner: float  # of the drawing


def poster(drawn: Sheet, head: Heading) -> str:
    """Return the sheet as an SVG document of its own."""
    shapes, y, width = [], float(MARGIN), 0.0
    for n, words in enumerate((head.title, *head.lines)):
        shapes.append(_words(MARGIN, y + 12, words, bold=not n))
        width = max(width, LETTER * len(words))
        y += LINE
    y += GAP
    for row in _rows([_block(panel) for panel in drawn.panels]):
        x = MARGIN
        for block in row:
            shapes += _drawn(block, x, y)
            x += block.width + GAP
        width = max(width, x - GAP)
        y += max(block.height for block in row) + GAP
    for words in filter(None, ["" if drawn.panels else drawn.text, drawn.more]):
        shapes.append(_words(MARGIN, y, words))
        width = max(width, LETTER * len(words))
        y += LINE
    size = (width + MARGIN, y + MARGIN)
    ground = f'<rect class="page" width="{size[0]:g}" height="{size[1]:g}"/>'
    return svg.document(*size, [f"<title>{escape(head.title)}</title>", STYLE, ground, *shapes])


def _block(panel: Panel) -> Block:
    picture = panel.picture
    caption, *notes = (svg.clip(words, MOST_LETTERS) for words in (panel.title, *picture.notes))
    width, inner = picture.size
    letters = max(map(len, (caption, *notes)))
    height = LINE * (1 + len(notes)) + inner
    return Block(caption, picture.svg, tuple(notes), max(width, letters * LETTER), height, inner)


def _rows(blocks: list[Block]) -> Iterator[list[Block]]:
    row: list[Block] = []
    for block in blocks:
        if row and sum(one.width + GAP for one in row) + block.width > WIDTH:
            yield row
            row = []
        row.append(block)
    if row:
        yield row


def _drawn(block: Block, x: float, y: float) -> Iterator[str]:
    yield _words(x, y + 12, block.caption, bold=True)
    yield block.drawing.replace("<svg ", f'<svg x="{x:g}" y="{y + LINE:g}" ', 1)
    for n, note in enumerate(block.notes):
        yield _words(x, y + LINE * (n + 2) + block.inner - 4, note)


def _words(x: float, y: float, words: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text class="words" x="{x:g}" y="{y:g}"{weight}>{escape(words)}</text>'
