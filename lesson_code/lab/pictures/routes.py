"""The way of an arrow through a layout: from box to box, around all others."""

from collections.abc import Iterator
from dataclasses import dataclass

from lesson_code.lab.pictures.fold import Arrow
from lesson_code.lab.pictures.layout import TURN, Layout, strand
from lesson_code.lab.pictures.stack import HEIGHT, Column, Strand

HEAD = 7  # px: where the line ends, before the tip
BEND = 40  # px, at most
ROUND = 6  # px: of a corner


@dataclass(frozen=True)
class Route:
    """A path in SVG's words, its left end, the head's tip, and whether the head points left."""

    path: str
    start: tuple[float, float]
    tip: tuple[float, float]
    back: bool
    middle: tuple[float, float]  # of the last bend: a mark is visible there


def route(arrow: Arrow, plan: Layout) -> Route:
    """Return the way of the arrow: from column to column, in its lane where it passes one.

    Between two columns there is no box, and in a column the arrow's lane keeps clear of all boxes.
    """
    back = plan.place[arrow.start] > plan.place[arrow.end]
    left, right = (arrow.end, arrow.start) if back else (arrow.start, arrow.end)
    one = strand(arrow, back)
    aside = HEIGHT / 4 if back else 0  # not on the line of an arrow in the opposite direction
    columns = plan.columns
    first, last = columns[plan.place[left]], columns[plan.place[right]]
    x, y = first.x + first.width, first.y[left] + aside
    start = (x, y)
    words = [f"M{x + HEAD * back:g} {y:g}"]
    x += HEAD * back
    passed = columns[plan.place[left] + 1 : plan.place[right]]
    for number, column in enumerate(passed):
        words.append(_bend(x, y, column.x, column.y[one]))
        x, y = column.x + column.width, column.y[one]
        if column.width:
            words.append(f"L{x:g} {y:g}")
        if number + 1 < len(passed) and passed[number + 1].row > column.row:
            words += _turn(column, passed[number + 1], one)
            x, y = passed[number + 1].x, passed[number + 1].y[one]
    tip = (last.x, last.y[right] + aside)
    end = tip[0] - HEAD * (not back)
    words.append(_bend(x, y, end, tip[1]))
    middle = ((x + end) / 2, (y + tip[1]) / 2)
    return Route("".join(words), start, start if back else tip, back, middle)


def _bend(x1: float, y1: float, x2: float, y2: float) -> str:
    if y1 == y2:
        return f"L{x2:g} {y2:g}"
    bend = min(BEND, (x2 - x1) / 2)
    return f"C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"


def _turn(out: Column, into: Column, one: Strand) -> Iterator[str]:
    """Yield the way from the end of a row, down and back, to the start of the next.

    The uppermost arrow takes the widest turn, so that no two arrows cross.
    """
    order = sorted(out.lanes, key=lambda lane: out.y[lane])
    rank = order.index(one)
    inner = len(order) - 1 - rank
    down, up = out.x + TURN * (inner + 1), into.x - TURN * (rank + 1)
    across = out.bottom + TURN * (inner + 1.5)
    corners = [(down, out.y[one]), (down, across), (up, across), (up, into.y[one])]
    points = [(out.x, out.y[one]), *corners, (into.x, into.y[one])]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (x1, y1), (x, y), (x2, y2) = _toward(corner, before), corner, _toward(corner, after)
        yield f"L{x1:g} {y1:g}Q{x:g} {y:g} {x2:g} {y2:g}"
    yield f"L{into.x:g} {into.y[one]:g}"


def _toward(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return the start of a corner's rounding, on the side of `other`."""
    (x1, y1), (x2, y2) = corner, other
    return x1 + max(-ROUND, min(ROUND, x2 - x1)), y1 + max(-ROUND, min(ROUND, y2 - y1))
