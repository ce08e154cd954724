"""The job graph: jobs as boxes, dependencies as arrows, states by colour, glyph and word."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lesson_code.lab.pictures import svg
from lesson_code.lab.pictures.arrows import (
    ENQUEUED,
    EVEN_IF_FAILED,
    EXTRA,
    MISSING,
    NO_MARKS,
    WAITS,
    Marks,
)
from lesson_code.lab.pictures.fold import Arrow, Box, arrows, boxes
from lesson_code.lab.pictures.layout import Layout, layout
from lesson_code.lab.pictures.routes import route
from lesson_code.lab.pictures.stack import HEIGHT
from lesson_code.lab.pictures.words import colors, name, twin, word
from lesson_code.lab.record import Run
from lesson_code.lab.states import look

RED, AMBER = "#e5484d", "#c27803"  # missing and extra arrows: visible on both themes
LEAST = 10  # letters: so a box has one width from "queued" to "finished"
MOST_NOTES = 4  # errors listed below the picture


@dataclass(frozen=True)
class Pen:
    """The look of a kind of arrow, and its line below the picture."""

    color: str = svg.EDGE
    dashes: str = ""
    width: float = 1.5
    sign: str = ""  # the path of the sign in its middle
    says: str = ""


PENS = {
    WAITS: Pen(),
    EVEN_IF_FAILED: Pen(dashes="5 3", says="dashed: runs even if its dependency fails"),
    ENQUEUED: Pen(dashes="1.5 3", width=1.2, says="dotted: from the job that enqueued it"),
    EXTRA: Pen(AMBER, sign="M-3 -3L3 3M-3 3L3 -3", says="×, amber: this arrow was not asked for"),
    MISSING: Pen(RED, "5 3", 1.5, "M-4 0L4 0M0 -4L0 4", "+, red, dashed: this arrow is missing"),
}  # in this order, so that no arrow hides a mark


def job_graph(run: Run, marks: Marks = NO_MARKS) -> svg.Picture:
    """Draw the jobs of `run` and their dependencies (dashed: runs even if those have failed).

    A job that was started several times says so: "failed ×4".
    """
    made = boxes(run, marks)
    drawn = graph_of(made, arrows(made, marks), run.attempts, run.names, marks)
    single = {box.jobs[0].id for box in made if box.number == 1}
    spots = tuple(spot for spot in drawn.spots if spot[-1] in single)
    return replace(drawn, spots=spots, notes=(*drawn.notes, *_errors(run)))


def graph_of(
    made: Sequence[Box],
    ways: Sequence[Arrow],
    attempts: Mapping[str, int],
    names: Mapping[str, str],
    marks: Marks = NO_MARKS,
) -> svg.Picture:
    """Draw these boxes and arrows. `attempts` and `names` tell them for each job, by id.

    A spot of the picture has the id of the first job of its box.
    """
    words = [word(box, marks, attempts) for box in made]
    widths = [
        max(len(name(box, names)), len(said), LEAST) * svg.LETTER + 24
        for box, said in zip(made, words, strict=True)
    ]
    plan = layout(widths, ways)
    shapes = [*_lines(ways, plan)]
    for n in plan.order:
        shapes += _drawn(made[n], name(made[n], names), words[n], *plan.corner(n))
    text = twin(made, ways, words, plan.order, names)
    spots = tuple((*plan.corner(n), HEIGHT, made[n].jobs[0].id) for n in plan.order)
    drawing = svg.document(*plan.size, shapes)
    return svg.Picture(drawing, text, "Job graph", _legend(ways), spots)


def _lines(ways: Sequence[Arrow], plan: Layout) -> Iterator[str]:
    """Yield all lines, then all heads, then all signs. Arrows that share a way share a line."""
    drawn = [
        (pen, route(way, plan)) for kind, pen in PENS.items() for way in ways if way.kind == kind
    ]
    paths = defaultdict(list)
    for pen, way in drawn:
        paths[pen, way.start].append(way.path)
    for (pen, _), parts in paths.items():
        yield svg.line("".join(parts), pen.color, pen.dashes, pen.width)
    yield from (svg.head(*way.tip, pen.color, way.back) for pen, way in drawn)
    yield from (svg.sign(*way.middle, pen.sign, pen.color) for pen, way in drawn if pen.sign)


def _drawn(box: Box, named: str, words: str, x: float, y: float, width: float) -> list[str]:
    color, middle = colors(box), x + width / 2
    return [
        svg.box(x, y, width, HEIGHT, color),
        svg.label(middle, y + 15, named, "#1a1a1a", bold=True),
        svg.label(middle, y + 29, words, color.line),
    ]


def _legend(ways: Sequence[Arrow]) -> tuple[str, ...]:
    """Return the notes about signs that need a word."""
    kinds = {way.kind for way in ways}
    return tuple(pen.says for kind, pen in PENS.items() if pen.says and kind in kinds)


def _errors(run: Run) -> tuple[str, ...]:
    """Return the notes about the first errors."""
    errors = [
        f"{look(job.state).glyph} {run.names[job.id]}: {svg.clip(job.error, 160)}"
        for job in run.jobs
        if job.error
    ]
    more = [f"… and {len(errors) - MOST_NOTES} more that failed"] * (len(errors) > MOST_NOTES)
    return (*errors[:MOST_NOTES], *more)
