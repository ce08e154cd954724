"""The waits between the attempts of several jobs, side by side on one scale."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from lesson_code.lab.pictures.svg import LETTER, Picture, box, document, label
from lesson_code.lab.states import STATES

HEIGHT, ROW, MARGIN = 24, 32, 4  # px: a bar, from job to job, around
SECOND = 40  # px
TRY = 10  # px: the mark of an attempt


def waits(plans: Mapping[str, Sequence[float]]) -> Picture:
    """Draw a line for each job of `plans`: its attempts (red), and a bar as long as each wait."""
    left = MARGIN + max(map(len, plans), default=0) * LETTER + 28
    shapes = []
    for row, (job, plan) in enumerate(plans.items()):
        y = MARGIN + row * ROW
        shapes += [box(MARGIN, y, left - 16, HEIGHT, STATES["created"])]
        shapes += [label(MARGIN + (left - 16) / 2, y + 16, job, "#1a1a1a")]
        for at, wait in zip(accumulate(plan, initial=0), plan, strict=False):
            x, width = left + at * SECOND, wait * SECOND
            shapes += [box(x, y + 3, width, HEIGHT - 6, STATES["scheduled"])]
            if width > 45:
                middle = x + (TRY + width) / 2
                shapes += [label(middle, y + 16, f"{wait:.3g} s", STATES["scheduled"].line)]
        for at in accumulate(plan, initial=0):
            shapes += [box(left + at * SECOND, y, TRY, HEIGHT, STATES["failed"])]
    width = left + max(map(sum, plans.values()), default=0) * SECOND + TRY
    return Picture(document(width + MARGIN, len(plans) * ROW, shapes), _twin(plans), "Waits")


def _twin(plans: Mapping[str, Sequence[float]]) -> str:
    """Return a line for each job: the times of its attempts, in seconds after the first one."""
    names = max(map(len, plans), default=0)
    lines = []
    for job, plan in plans.items():
        tries = ", ".join(f"{at:.3g}" for at in accumulate(plan, initial=0))
        lines.append(f"{job:{names}}  tried after {tries} s")
    return "\n".join(lines) or "(no job)"
