"""The height of each box in a column, and of each arrow that passes between boxes."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import pairwise

HEIGHT, ROW = 36, 52  # px: a box, from box to box
LANE, ASIDE = 10, 28  # px: from arrow to arrow, from arrow to box
LIGHT = 0.001  # the weight of a lane, compared with a box: it gives way

Strand = tuple[int, str, bool]  # the arrows of one kind that leave one box on one side: one line


@dataclass(eq=False)
class Column:
    """A column of boxes, or (`boxes` is empty) one for arrows only."""

    boxes: list[int]
    row: int
    width: float = 0
    x: float = 0
    bottom: float = 0  # of its row
    lanes: dict[Strand, None] = field(default_factory=dict)  # serves as a set that keeps its order
    y: dict[Hashable, float] = field(default_factory=dict)  # the middle of each box and lane


def stack(
    column: Column,
    before: Column | None,
    ends: dict[int, list[Strand]],
    columns: list[Column],
    place: dict[int, int],
) -> None:
    """Sort the column's boxes and lanes by their sources, and place each as near to its source as
    possible.
    """

    def comes_from(one: Strand) -> float:
        return before.y[one] if one in before.y else before.y[one[0]]

    def source(one: Strand) -> float:
        return columns[place[one[0]]].y[one[0]]

    items = []  # the source, whether it is a box, itself, the place that it wants
    for one in column.lanes:
        items.append((comes_from(one), 0, one, comes_from(one)))
    for n in column.boxes:
        near = [one for one in ends[n] if one not in before.y] if before else []
        want = [source(one) for one in near or ends[n]]
        items.append((_mean([comes_from(one) for one in ends[n]]), 1, n, _mean(want)))
    items.sort(key=lambda item: item[:2])
    gaps = [(LANE, ASIDE, ROW)[one[1] + other[1]] for one, other in pairwise(items)]
    weights = [1 if item[1] else LIGHT for item in items]
    found = _apart([item[3] for item in items], weights, gaps)
    column.y = {item[2]: y for item, y in zip(items, found, strict=True)}


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0


def _apart(wanted: list[float], weights: list[float], gaps: list[float]) -> list[float]:
    """Return the places nearest to the wanted ones that keep their order and these gaps."""
    offset, blocks = 0.0, []  # a block: its place, its weight, the offsets of its members
    for want, weight, gap in zip(wanted, weights, [0, *gaps], strict=False):
        offset += gap
        blocks.append((want - offset, weight, [offset]))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (y1, w1, members1), (y2, w2, members2) = blocks[-2:]
            mean = (y1 * w1 + y2 * w2) / (w1 + w2)
            blocks[-2:] = [(mean, w1 + w2, members1 + members2)]
    return [round(y) + offset for y, _, members in blocks for offset in members]
