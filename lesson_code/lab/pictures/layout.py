"""The places of the boxes of a graph: a column for each step, columns in rows, like text.

Each row of columns begins and ends with a column for arrows only: those from the row before, and
those to the next one. An arrow that passes a column has a lane of its own there, between the boxes,
so no arrow is ever hidden by a box.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from lesson_code.lab.pictures.fold import Arrow
from lesson_code.lab.pictures.levels import levels
from lesson_code.lab.pictures.stack import HEIGHT, Column, Strand, stack

PAGE = 820  # px: a wider row of columns goes on below
GAP, MARGIN = 46, 6  # px: between columns, around
TURN = 8  # px: between arrows that turn at the end of a row


@dataclass
class Layout:
    columns: list[Column]
    place: dict[int, int]  # the number of the column of each box
    size: tuple[float, float]

    @property
    def order(self) -> list[int]:
        """Return the boxes as one reads them: column by column, each from top to bottom."""
        return [n for column in self.columns for n in sorted(column.boxes, key=column.y.get)]

    def corner(self, box: int) -> tuple[float, float, float]:
        """Return x, y and width of a box."""
        column = self.columns[self.place[box]]
        return column.x, column.y[box] - HEIGHT / 2, column.width


def strand(arrow: Arrow, back: bool) -> Strand:
    """Return the line that the arrow is part of; with `back` it goes left, against the rest."""
    return (arrow.end if back else arrow.start), arrow.kind, back


def layout(widths: Sequence[float], arrows: Sequence[Arrow]) -> Layout:
    """Return the places of boxes of these widths that are connected by these arrows."""
    front: dict[int, list[int]] = {n: [] for n in range(len(widths))}
    for arrow in arrows:
        front[arrow.end].append(arrow.start)
    level = levels(front)
    steps: list[list[int]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for n, number in level.items():
        steps[number].append(n)
    columns = _rows(steps, widths, arrows, level)
    place = {n: number for number, column in enumerate(columns) for n in column.boxes}
    ends = _lanes(columns, place, arrows)
    for number, column in enumerate(columns):
        stack(column, columns[number - 1] if number else None, ends, columns, place)
    return Layout(columns, place, _spread_out(columns))


def _rows(
    steps: list[list[int]], widths: Sequence[float], arrows: Sequence[Arrow], level: dict[int, int]
) -> list[Column]:
    """Break the steps into as few rows as the page allows, with the fewest arrows cut."""
    wide = [max(widths[n] for n in boxes) for boxes in steps]
    cut = [0] * (len(steps) + 1)
    for arrow in arrows:
        low, high = sorted((level[arrow.start], level[arrow.end]))
        for number in range(low + 1, high + 1):
            cut[number] += 1
    best: list[tuple] = [(0, 0, 0, [])]  # rows, arrows cut, unevenness, minus the start of each row
    for end in range(1, len(steps) + 1):
        choices, length = [], 0.0
        for start in range(end - 1, -1, -1):
            length += wide[start] + GAP * (start < end - 1)
            if length > PAGE and start < end - 1:
                break
            rows, cuts, uneven, starts = best[start]
            choices.append((rows + 1, cuts + cut[start], uneven + length**2, [*starts, -start]))
        best.append(min(choices))
    starts = {-start: row for row, start in enumerate(best[-1][3])}
    columns, row = [], 0
    for number, boxes in enumerate(steps):
        if starts.get(number):
            row = starts[number]
            columns += [Column([], row - 1), Column([], row)]
        columns.append(Column(boxes, row, wide[number]))
    return columns


def _lanes(
    columns: list[Column], place: dict[int, int], arrows: Sequence[Arrow]
) -> dict[int, list[Strand]]:
    """Give each strand a lane in each column that it passes.

    Return the strands that end at the left side of a box.
    """
    ends = defaultdict(list)
    for arrow in arrows:
        back = place[arrow.start] > place[arrow.end]
        left, right = (arrow.end, arrow.start) if back else (arrow.start, arrow.end)
        one = strand(arrow, back)
        ends[right].append(one)
        for column in columns[place[left] + 1 : place[right]]:
            column.lanes[one] = None
    return ends


def _spread_out(columns: list[Column]) -> tuple[float, float]:
    """Give each column its x, and each row its height; return the size of the whole."""
    turning = max((len(column.lanes) for column in columns if not column.boxes), default=-1)
    width, top = 0.0, float(MARGIN)
    for row in _by_row(columns):
        x = MARGIN + (turning + 1) * TURN + GAP / 2 * (turning > 0 and bool(row[0].boxes))
        edges = [y + side * _half(item) for c in row for item, y in c.y.items() for side in (-1, 1)]
        shift = top - min(edges)
        for column, after in zip(row, [*row[1:], None], strict=True):
            column.x = x
            column.y = {item: y + shift for item, y in column.y.items()}
            only_arrows = not column.boxes or (after and not after.boxes)
            x += column.width + (GAP / 2 if only_arrows else GAP)
        last = row[-1]
        right = last.x + last.width if last.boxes else last.x + (turning + 1) * TURN
        width = max(width, right + MARGIN)
        bottom = max(edges) + shift
        for column in row:
            column.bottom = bottom
        top = bottom + (MARGIN if last.boxes else TURN * (len(last.lanes) + 3))
    return width, top if columns else 0


def _half(item: Hashable) -> float:
    return HEIGHT / 2 if isinstance(item, int) else 2


def _by_row(columns: list[Column]) -> Iterator[list[Column]]:
    rows = defaultdict(list)
    for column in columns:
        rows[column.row].append(column)
    yield from rows.values()
