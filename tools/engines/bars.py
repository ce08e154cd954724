"""The picture docs/engines.svg: of all places where a worker is killed, how many do what harm?"""

from collections.abc import Iterator, Mapping, Sequence

from lesson_code.lab.pictures import Picture, svg
from lesson_code.lab.states import BLUE, FATES, GREY, State
from tools.engines import kept
from tools.engines.environments import PROJECT

FILE = PROJECT / "docs" / "engines.svg"
ENDS = {  # from the best to the worst
    "unharmed": FATES["unharmed"],
    "twice": FATES["twice"],
    "traffic": State("waits", "…", "waits for another job", *GREY),
    "parked": State("waits", "‖", "waits for a person", *BLUE),
    "lost": FATES["lost"],
}
SHOWN = {  # of each engine the settings that lose least of those we tried, and RQ on two queues
    "RQ 2.12, one queue": ("rq2", "forking, 1 queue"),
    "RQ 2.12, two queues": ("rq2", "forking, 2 queues"),
    "RQ 3.0, two queues": ("rq3", "forking, 2 queues"),
    "ARQ": ("arq", "_job_id"),
    "SAQ, retries=3": ("saq", "retries=3"),
    "BullMQ": ("bullmq", "FlowProducer"),
    "Dramatiq": ("dramatiq", "1 thread"),
    "DBOS": ("dbos", "default"),
    "Procrastinate, retries": ("procrastinate", "retry_stalled_jobs"),
    "Celery, acks_late": ("celery", "prefork, acks_late"),
    "streaQ": ("streaq", "default"),
    "Taskiq, streams": ("taskiq", "when_saved (default)"),
    "Huey": ("huey", "RedisHuey"),
}
TITLE = "A chain's only worker is killed: the end, for all places"
EDGE, ROW, BAR, WIDTH = 6, 26, 20, 440  # px: around, from row to row, a bar's height and width
INK, NAME = "#1a1a1a", State("", "", "", "#ffffff", svg.EDGE)

Ends = Mapping[str, int]  # how many places have this end


def write() -> None:
    """Write the picture from what is kept."""
    FILE.write_text(bars(dict(found())).svg + "\n", encoding="utf-8")


def found() -> Iterator[tuple[str, Ends]]:
    """Yield each row's name and ends; a place whose runs differ counts by its worst end."""
    order = list(ENDS)
    for name, (engine, variant) in SHOWN.items():
        results = {one.key: one for one in kept.read(engine)}
        places = results[variant, "kill"].places
        worst = [max(place.ends, key=order.index) for place in places]
        yield name, {end: worst.count(end) for end in order}


def bars(rows: Mapping[str, Ends]) -> Picture:
    """Draw a bar for each name: its places by their end, as shares of all its places.

    Raises ValueError for a row without places, and for an end that is not in ENDS.
    """
    left = EDGE + max(len(name) for name in rows) * svg.LETTER + 12
    shapes, words, y = [], [], float(EDGE)
    for name, ends in rows.items():
        shapes.append(svg.box(EDGE, y, left - EDGE - 8, BAR, NAME))
        shapes.append(svg.label(EDGE + (left - EDGE - 8) / 2, y + 14, name, INK))
        shapes += _bar(left, y, _shares(name, ends))
        words.append(f"{name}: {told(ends)}")
        y += ROW
    seen = [look for end, look in ENDS.items() if any(ends.get(end) for ends in rows.values())]
    legend, right = _legend(left, y + 6, seen)
    size = max(left + WIDTH, right) + EDGE, y + 6 + BAR + EDGE
    return Picture(svg.document(*size, [*shapes, *legend]), "\n".join(words), TITLE)


def told(ends: Ends) -> str:
    """Return "66 places: 43 unharmed, 23 twice"."""
    parts = ", ".join(f"{ends[end]} {look.word}" for end, look in ENDS.items() if ends.get(end))
    return f"{sum(ends.values())} places: {parts}"


def _shares(name: str, ends: Ends) -> list[tuple[State, int, float]]:
    """Return the look, the number and the share of each end that there is."""
    if unknown := ends.keys() - ENDS.keys():
        raise ValueError(f"{name} has ends that the picture does not know: {sorted(unknown)}")
    if not (total := sum(ends.values())):
        raise ValueError(f"{name} has no places")
    return [(look, n, n / total) for end, look in ENDS.items() if (n := ends.get(end, 0))]


def _bar(x: float, y: float, parts: Sequence[tuple[State, int, float]]) -> Iterator[str]:
    for look, number, share in parts:
        width = share * WIDTH
        fill, ink = (look.fill, look.line) if look.kind == "done" else (look.line, look.fill)
        corner = f"M{x:.4g} {y:g}h{width:.4g}v{BAR}h-{width:.4g}z"
        yield f'<path d="{corner}" fill="{fill}" stroke="{look.line}"/>'
        words = f"{look.glyph} {number}"
        yield svg.label(round(x + width / 2, 1), y + 14, words, ink, bold=True)
        x += width


def _legend(x: float, y: float, looks: Sequence[State]) -> tuple[list[str], float]:
    """Return a chip for each kind of end, and where the last one ends."""
    shapes = []
    for look in looks:
        words = f"{look.glyph} {look.word}"
        width = len(words) * svg.LETTER + 12
        shapes.append(svg.box(x, y, width, BAR, look))
        shapes.append(svg.label(x + width / 2, y + 14, words, look.line))
        x += width + 8
    return shapes, x
