"""The lanes of one run: the steps of each worker, the changes of worker, the crashes."""

from collections.abc import Iterator
from itertools import pairwise

from lesson_code.lab.pictures.layout import PAGE
from lesson_code.lab.pictures.rows import BOTH, DIES, LEFT_OUT, PLAIN, Row, name, rows_of, twin
from lesson_code.lab.pictures.svg import (
    EDGE,
    LETTER,
    Picture,
    box,
    clip,
    document,
    head,
    label,
    line,
)
from lesson_code.lab.record import Fate
from lesson_code.lab.states import fate_look

HEIGHT, ROW, FOLDED, MARGIN, GAP = 36, 48, 24, 20, 24  # px: a step, to the next, folded, around
HERE = "#c27803"  # the mark of the current step: visible on both pages
WIDE_LETTER = 8.4  # px: of a heading; a long one has many digits
MOST_WORDS = 44  # letters in a box
SHARED = "⇄ touches what another worker touches too"


def lanes(fate: Fate, at: int | None = None) -> Picture:
    """Draw the steps of `fate` that matter, downwards, each in the lane of its worker.

    `at` is the number of a step, from 0: this step is always shown, and marked.
    """
    rows = [*rows_of(fate, at)]
    workers = [*dict.fromkeys(step.worker for step in fate.steps)]
    most = max(16, min(MOST_WORDS, int((PAGE / max(len(workers), 1) - GAP) // LETTER - 3)))
    texts = [clip(words, most) for row in rows for words in (row.words, row.below)]
    width = max(map(len, [*texts, *(clip(worker) for worker in workers)]), default=0) * LETTER + 20
    lefts = {worker: MARGIN + n * (width + GAP) for n, worker in enumerate(workers)}
    heading = max(len(name(fate)) * LETTER + 20, len(name(fate)) * WIDE_LETTER)
    across = max(heading, len(workers) * (width + GAP) - GAP)
    look = fate_look(fate.kind)
    shapes = [
        box(MARGIN, MARGIN / 2, heading, FOLDED, look),
        label(MARGIN + heading / 2, MARGIN / 2 + 16, name(fate), look.line, bold=True),
    ]
    top, places = MARGIN / 2 + HEIGHT, []
    y = top + HEIGHT
    for row in rows:
        height = HEIGHT if row.look is not LEFT_OUT else FOLDED
        places.append((lefts.get(row.lane, MARGIN), y, width if row.lane else across, height))
        y += height + ROW - HEIGHT
    bottom = y
    for worker, left in lefts.items():
        end = min((p[1] for r, p in zip(rows, places, strict=True) if _ends(r, worker)), default=y)
        shapes.append(line(f"M{left + width / 2:g} {top:g}V{end:g}", EDGE))
        shapes.append(box(left, top, width, FOLDED, PLAIN))
        shapes.append(label(left + width / 2, top + 16, clip(worker), "#1a1a1a", bold=True))
    for (one, place), (other, next_place) in pairwise(zip(rows, places, strict=True)):
        if one.lane and other.lane and one.lane != other.lane:
            shapes += _goes_over(place, next_place)
    for row, place in zip(rows, places, strict=True):
        shapes += _drawn(row, place, most, row.step is not None and row.step == at)
    svg = document(across + 2 * MARGIN, bottom, shapes)
    both = [SHARED] * any(row.look is BOTH for row in rows)
    says = [f"{name(fate)}: {fate.says}".replace("`", "")] * bool(fate.says)
    return Picture(svg, twin(fate, rows, at), "Steps of a run", (*says, *both))


def _ends(row: Row, worker: str) -> bool:
    return row.lane == worker and row.look is DIES


def _goes_over(place: tuple, next_place: tuple) -> list[str]:
    """Return an arrow from below one box to the side of the next one, in another lane."""
    (x, y, width, height), (next_x, next_y, next_width, next_height) = place, next_place
    start, level, back = x + width / 2, next_y + next_height / 2, next_x < x
    tip = next_x + next_width if back else next_x
    foot = tip + 8 if back else tip - 8
    path = line(f"M{start:g} {y + height:g}V{level:g}H{foot:g}", EDGE, width=2)
    return [path, head(tip, level, EDGE, back)]


def _drawn(row: Row, place: tuple, most: int, here: bool) -> Iterator[str]:
    x, y, width, height = place
    middle, bold = x + width / 2, row.look is not LEFT_OUT
    yield box(x, y, width, height, row.look)
    color = "#1a1a1a" if row.look in (PLAIN, BOTH) else row.look.line
    level = y + (15 if row.below else height / 2 + 4)
    yield label(middle, level, clip(row.words, most), color, bold)
    if row.below:
        yield label(middle, y + 29, clip(row.below, most), row.look.line)
    if here:
        yield f'<path d="M{x - 14:g} {y + 8:g}l10 10l-10 10z" fill="{HERE}"/>'
        yield (
            f'<rect x="{x - 2:g}" y="{y - 2:g}" width="{width + 4:g}" height="{height + 4:g}" '
            f'rx="8" fill="none" stroke="{HERE}" stroke-width="3"/>'
        )
