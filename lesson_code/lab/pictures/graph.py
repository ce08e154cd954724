"""The job graph: jobs as boxes, dependencies as arrows, states by colour, glyph and word."""

from __future__ import annotations

import re
import reprlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lesson_code.lab.pictures.layout import Box, boxes
from lesson_code.lab.pictures.svg import (
    EDGE,
    LETTER,
    Picture,
    arc,
    arrow,
    box,
    clip,
    document,
    label,
)
from lesson_code.lab.states import look

if TYPE_CHECKING:
    from lesson_code.lab.record import JobRecord, Run

HEIGHT, ROW, GAP, MARGIN = 36, 52, 46, 6  # px: a box, from row to row, between columns, around
RED, AMBER = "#e5484d", "#c27803"  # arrows that lack, and that are too many: seen on both themes
MOST_NOTES = 4  # errors told below the picture
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 60


@dataclass(frozen=True)
class Marks:
    """What is to be marked: arrows (dependency, dependent) that lack or are too many, and the
    states that were asked for where they differ, by job.
    """

    missing: set[tuple[str, str]] = field(default_factory=set)
    extra: set[tuple[str, str]] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)


NO_MARKS = Marks()


def job_graph(run: Run, marks: Marks = NO_MARKS) -> Picture:
    """Draw the jobs of `run` and their dependencies (dashed: runs even if those have failed)."""
    made = boxes(run)
    columns = [[b for b in made if b.column == n] for n in sorted({b.column for b in made})]
    tallest = max(map(len, columns), default=0)
    place, x = {}, MARGIN
    for column in columns:
        width = max(max(len(_name(b)), len(_word(b, marks)) + 2) for b in column) * LETTER + 24
        top = MARGIN + (tallest - len(column)) * ROW / 2
        place.update((b, (x, top + row * ROW, width)) for row, b in enumerate(column))
        x += width + GAP
    arrows = [_arrow(made[n], b, place, marks) for b in made for n in b.after]
    drawn = [shape for b in made for shape in _drawn(b, *place[b], marks)]
    cycle = any(made[n].column > b.column for b in made for n in b.after)
    size = (max(x - GAP, 0) + MARGIN, tallest * ROW - 4 + 20 * cycle)
    shapes = [*filter(None, arrows), *drawn]
    errors = [f"{look(j.state).glyph} {j.id}: {clip(j.error, 160)}" for j in run.jobs if j.error]
    notes = tuple(errors[:MOST_NOTES])
    return Picture(document(*size, shapes), _twin(made, marks), "Job graph", notes)


def _arrow(
    parent: Box, b: Box, place: dict[Box, tuple[float, float, float]], marks: Marks
) -> str | None:
    (x1, y1, width1), (x2, y2, width2) = place[parent], place[b]
    if parent.column == b.column:
        return None  # both in the folded middle, which is a summary
    if parent.column > b.column:
        return arc(x1 + width1 / 2, y1 + HEIGHT, x2 + width2 / 2, y2 + HEIGHT)
    dashed = any(job.even_if_failed for job in b.jobs)
    between = (parent.jobs[0].id, b.jobs[0].id)
    color = RED if between in marks.missing else AMBER if between in marks.extra else EDGE
    dashed = dashed or between in marks.missing
    return arrow(x1 + width1, y1 + HEIGHT / 2, x2, y2 + HEIGHT / 2, dashed, color)


def _drawn(b: Box, x: float, y: float, width: float, marks: Marks) -> list[str]:
    look_ = look(b.jobs[0].state)
    middle = x + width / 2
    return [
        box(x, y, width, HEIGHT, look_),
        label(middle, y + 15, _name(b), "#1a1a1a", bold=True),
        label(middle, y + 29, f"{look_.glyph} {_word(b, marks)}", look_.line),
    ]


def _name(b: Box) -> str:
    job = b.jobs[0]
    if len(b.jobs) > 1:
        return clip(f"{len(b.jobs)} × {job.task}")
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", job.id):
        return clip(f"{job.task} {job.id[:4]}…")  # an id that the library made up
    return clip(job.id)


def _word(b: Box, marks: Marks) -> str:
    job = b.jobs[0]
    asked = f", asked: {look(marks.asked[job.id]).word}" if job.id in marks.asked else ""
    return look(job.state).word + asked


def _twin(made: list[Box], marks: Marks) -> str:
    """One line a box: name, state, what it waits for, and how it ended."""
    names = max((len(_name(b)) for b in made), default=0)
    words = max((len(_word(b, marks)) for b in made), default=0)
    lines = []
    for b in made:
        line = f"{_name(b):{names}}  {look(b.jobs[0].state).glyph} {_word(b, marks):{words}}"
        if b.after:
            also = " (even if failed)" if b.jobs[0].even_if_failed else ""
            line += f"  after {', '.join(_parent(made[n], b, marks) for n in b.after)}{also}"
        lines.append((line + (_outcome(b.jobs[0]) if len(b.jobs) == 1 else "")).rstrip())
    return "\n".join(lines) or "(no jobs)"


def _parent(parent: Box, b: Box, marks: Marks) -> str:
    between = (parent.jobs[0].id, b.jobs[0].id)
    mark = " (missing)" if between in marks.missing else ""
    return _name(parent) + (mark or " (not asked for)" * (between in marks.extra))


def _outcome(job: JobRecord) -> str:
    if job.error:
        return f"  ! {job.error}"
    return f"  → {_short.repr(job.result)}" if job.result is not None else ""
