"""The map of the lesson, docs/map.svg: a box for each notebook, in the order to read them."""

from itertools import pairwise

from lesson_code.lab.pictures import Picture, svg
from lesson_code.lab.pictures.arrows import WAITS
from lesson_code.lab.pictures.fold import Arrow
from lesson_code.lab.pictures.layout import layout
from lesson_code.lab.pictures.routes import route
from lesson_code.lab.pictures.stack import HEIGHT
from lesson_code.lab.states import look
from tools import lesson

FILE = lesson.PROJECT / "docs" / "map.svg"
TITLE = "The notebooks of the lesson, one after the other"


def draw() -> Picture:
    """Draw it from the notebooks' own first cells."""
    heads = [lesson.headline(path) for path in lesson.paths()]
    names = [(head.file[:2], head.title.partition(":")[0]) for head in heads]
    ways = [Arrow(one, two, WAITS) for one, two in pairwise(range(len(names)))]
    plan = layout([len(title) * svg.LETTER + 12 for _, title in names], ways)
    shapes = []
    for way in (route(way, plan) for way in ways):
        shapes += [svg.line(way.path, svg.EDGE), svg.head(*way.tip, svg.EDGE, way.back)]
    for n, (number, title) in enumerate(names):
        x, y, width = plan.corner(n)
        shapes += [
            svg.box(x, y, width, HEIGHT, look("queued")),
            svg.label(x + width / 2, y + 15, number, "#1a1a1a", bold=True),
            svg.label(x + width / 2, y + 29, title, "#1a1a1a"),
        ]
    text = "\n".join(f"{number} {title}" for number, title in names)
    return Picture(svg.document(*plan.size, shapes), text, TITLE)


def write() -> None:
    """Write it where notebook 00 shows it from."""
    FILE.write_text(draw().svg + "\n", encoding="utf-8")
