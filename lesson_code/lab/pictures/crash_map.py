"""The crash map: a cell for each run, by the place of its crash or stop, with its fate."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from lesson_code.lab.pictures.layout import PAGE
from lesson_code.lab.pictures.places import Place, told
from lesson_code.lab.pictures.svg import LETTER, Picture, box, clip, document, label
from lesson_code.lab.record import Fate, Fates
from lesson_code.lab.states import FATES, STATES, State, fate_look

CELL, PITCH, MARGIN = 15, 17, 4  # px: a cell, from cell to cell, around
TEN, BREAK, CHIP = 6, 8, 19  # px: after ten cells, between two blocks, a line of the legend
NAME, ORDERS, BETWEEN = STATES["created"], "orders", "between jobs"


def crash_map(fates: Fates, page: float = PAGE) -> Picture:
    """Draw all `fates` in order, in a block for each job that the worker was busy with.

    The cells of a block are numbered from 1, as in the twin; there is a gap after ten. A row of
    cells is as long as the `page` is wide (px), and has ten at least.
    """
    places = _places(fates.fates)
    blocks = defaultdict(list)
    for place in places:
        blocks[place.block].append(place)
    left = max((len(clip(name)) for name in blocks), default=0) * LETTER + 22 + 2 * MARGIN
    row_cells = max(1, int((page - left - MARGIN + TEN) // (10 * PITCH + TEN))) * 10
    counts, shapes, y = _counts(places), [], MARGIN + 2.0
    for name, block in blocks.items():
        shapes.append(box(MARGIN, y - 2, left - 12, CHIP, NAME))
        shapes.append(label(MARGIN + (left - 12) / 2, y + 12, clip(name), "#1a1a1a"))
        for first in range(0, len(block), row_cells):
            shapes += _row(block[first : first + row_cells], left, y)
            y += PITCH + 2
        y += BREAK
    title = _title(fates)
    legend, width = _legend(title, counts, y + BREAK)
    cells = min(row_cells, max(map(len, blocks.values()), default=0))
    width = max(width, left + cells * PITCH + (cells - 1) // 10 * TEN + MARGIN)
    svg = document(width, y + BREAK + CHIP + MARGIN, [*shapes, *legend])
    glyphs = {kind: look.glyph for kind, look in counts if kind != "unharmed"}
    harmed = [place for place in places if place.fate.kind != "unharmed"]
    notes = tuple(told(harmed, glyphs, _unit(fates)))
    return Picture(svg, "\n".join([_sentence(title, counts), *notes]), "Crash map", notes)


def _places(fates: Sequence[Fate]) -> list[Place]:
    made, numbers = [], Counter()
    for fate in fates:
        jobs = [fate.steps[n].job for n in fate.ends[:1]]
        block = (jobs[0] or BETWEEN) if jobs else ORDERS
        numbers[block] += 1
        made.append(Place(block, numbers[block], fate))
    return made


def _counts(places: Sequence[Place]) -> dict[tuple[str, State], int]:
    """Return how many there are of each kind, in the order of the table."""
    found = Counter(place.fate.kind for place in places)
    kinds = [*(kind for kind in FATES if kind in found), *sorted(found.keys() - FATES.keys())]
    return {(kind, fate_look(kind)): found[kind] for kind in kinds}


def _row(block: Sequence[Place], left: float, y: float) -> Iterator[str]:
    """Yield the cells of one row; neighbouring cells of the same kind are one shape."""
    numbered = enumerate(block)
    for kind, together in groupby(numbered, lambda pair: pair[1].fate.kind):
        xs = [left + n * PITCH + n // 10 * TEN for n, _ in together]
        yield from _cells(xs, y, fate_look(kind))


def _cells(xs: Sequence[float], y: float, look: State) -> Iterator[str]:
    """Yield cells with their glyph. Harmful ones are dark, to catch the eye among a thousand."""
    fill, line = (look.fill, look.line) if look.kind == "done" else (look.line, look.fill)
    square = f"h{CELL}v{CELL}h-{CELL}z"
    further = "".join(f"m{right - left:g} 0{square}" for left, right in pairwise(xs))
    yield f'<path d="M{xs[0]:g} {y:g}{square}{further}" fill="{fill}" stroke="{line}"/>'
    middles = " ".join(f"{x + CELL / 2:g}" for x in xs)
    yield (
        f'<text x="{middles}" y="{y + 11.5:g}" font-weight="bold" '
        f'fill="{line}">{look.glyph * len(xs)}</text>'
    )


def _legend(title: str, counts: dict, y: float) -> tuple[list[str], float]:
    """Return the line below the cells, and where it ends."""
    width = len(title) * LETTER + 20
    shapes = [box(MARGIN, y - 2, width, CHIP, NAME)]
    shapes.append(label(MARGIN + width / 2, y + 12, title, "#1a1a1a"))
    x = MARGIN + width + 12
    for (_, look), number in counts.items():
        words = f"{number:,} {look.word}"
        width = len(words) * LETTER + 20
        shapes += _cells([x], y, look)
        shapes += [box(x + PITCH, y - 2, width, CHIP, look)]
        shapes += [label(x + PITCH + width / 2, y + 12, words, look.line)]
        x += PITCH + width + 12
    return shapes, x


def _unit(fates: Fates) -> str:
    ends = {len(fate.ends) for fate in fates.fates}
    return "order" if ends == {0} else "place" if ends == {1} else "run"


def _title(fates: Fates) -> str:
    """Return "101 places", or "1,000 of 8,412 places" if not all were played."""
    seen = len(fates.fates)
    number = f"{seen:,}" if seen == fates.possible else f"{seen:,} of {fates.possible:,}"
    return f"{number} {_unit(fates)}{'s' * (fates.possible != 1)}"


def _sentence(title: str, counts: dict) -> str:
    kinds = ", ".join(f"{number:,} {look.word}" for (_, look), number in counts.items())
    return f"{title}: {kinds}" if kinds else title
