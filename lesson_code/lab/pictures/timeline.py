"""The timeline: the jobs of each worker, in their order; time is counted in steps."""

from collections import Counter
from dataclasses import dataclass

from lesson_code.lab.pictures.layout import PAGE
from lesson_code.lab.pictures.svg import LETTER, Picture, box, clip, document, label
from lesson_code.lab.record import Run
from lesson_code.lab.states import STATES, State, look

HEIGHT, ROW, MARGIN, BREAK = 26, 34, 4, 14  # px: a box, lane to lane, around, between two rows
MOST = 40  # steps that are drawn
LANE, LEFT_OUT = STATES["created"], STATES["absent"]


@dataclass
class Stretch:
    """One attempt at a job: its worker, its steps, its end."""

    worker: str
    job: str
    first: int
    last: int | None = None  # None: it has not ended
    state: str = "started"
    attempt: int = 0  # its number; 0 if there is only one
    name: str = ""  # of the job


def stretches(run: Run) -> list[Stretch]:
    """Return the attempts in the order in which they were started.

    A step goes on until a job starts after another one has ended: jobs that share a step were
    running at the same time.
    """
    made: list[Stretch] = []
    running: dict[tuple[str, str], Stretch] = {}
    step, ended = 1, False
    for event in run.events:
        if event.what == "started":
            step, ended = step + ended, False
            running[event.worker, event.job] = Stretch(event.worker, event.job, step)
            made.append(running[event.worker, event.job])
        elif stretch := running.pop((event.worker, event.job), None):
            stretch.last, stretch.state, ended = step, event.what, True
    number, attempts = Counter(), run.attempts
    for stretch in made:
        number[stretch.job] += 1
        stretch.name = run.names.get(stretch.job, stretch.job)
        stretch.attempt = number[stretch.job] if attempts.get(stretch.job, 0) > 1 else 0
    return made


def timeline(run: Run, by: str = "worker") -> Picture:
    """Draw the jobs of each worker in a lane; `by="row"`: only how many ran at a time.

    A race decides which of several idle workers takes a job, so the lanes of two runs differ.
    Numbered rows leave the workers out, and stay the same. Attempts at the same job are numbered. A
    timeline longer than the page goes on below. Raises ValueError for another `by`.
    """
    if by not in ("worker", "row"):
        raise ValueError(f'by={by!r}: pass by="worker" or by="row"')
    made = stretches(run)
    if by == "row":
        _number_rows(made, [job.id for job in run.jobs])
    lanes = sorted({s.worker for s in made}, key=lambda name: (len(name), name))
    steps = max((s.last or s.first for s in made), default=0)
    drawn = min(steps, MOST)
    left = max((len(lane) for lane in lanes), default=0) * LETTER + 24 + MARGIN
    step = max((len(_words(s)) for s in made), default=0) * LETTER + 20
    row_steps = max(1, int((PAGE - left) // step)) if made else 1
    row_height = len(lanes) * ROW + BREAK
    shapes, bottom = [], 0.0
    for number, first in enumerate(range(1, drawn + 1, row_steps)):
        top, last = MARGIN + number * row_height, min(first + row_steps - 1, drawn)
        bottom = top + len(lanes) * ROW
        for row, lane in enumerate(lanes):
            shapes += _drawn(MARGIN, top + row * ROW, left - 12, lane, LANE)
        for s in made:
            start, end = max(s.first, first), min(s.last or steps, last)
            if start <= end:
                x, y = left + (start - first) * step, top + lanes.index(s.worker) * ROW
                width = (end - start + 1) * step - 6
                shapes += _drawn(x, y, width, _words(s), look(s.state))
    width = left + min(drawn, row_steps) * step + MARGIN
    if more := _left_out(steps):
        shapes += _drawn(left, bottom + 4, len(more) * LETTER + 20, more, LEFT_OUT)
        bottom += ROW + 4
    return Picture(document(width, max(bottom, ROW), shapes), _twin(made, steps), "Timeline")


def _left_out(steps: int) -> str:
    return f"… {steps - MOST} more step{'s' * (steps > MOST + 1)}" if steps > MOST else ""


def _number_rows(made: list[Stretch], jobs: list[str]) -> None:
    """Put each stretch into the first row that is free, in an order that no race changes."""
    place = {job: number for number, job in enumerate(jobs)}
    made.sort(key=lambda s: (s.first, place.get(s.job, len(jobs)), s.job))
    free_at: list[float] = []  # for each row, the first step in which it is free
    for s in made:
        lane = next((n for n, step in enumerate(free_at) if step <= s.first), len(free_at))
        free_at[lane : lane + 1] = [s.last + 1 if s.last else float("inf")]
        s.worker = f"row {lane + 1}"


def _drawn(x: float, y: float, width: float, words: str, look_: State) -> list[str]:
    color = look_.line if look_ is not LANE else "#1a1a1a"
    return [box(x, y, width, HEIGHT, look_), label(x + width / 2, y + 17, words, color)]


def _words(s: Stretch) -> str:
    return f"{look(s.state).glyph} {clip(s.name)}" + f" ({s.attempt})" * bool(s.attempt)


def _twin(made: list[Stretch], steps: int) -> str:
    """Return a line for each attempt: steps, worker, job and its end."""
    lines = []
    for s in made:
        if s.first <= MOST:
            when = f"step {s.first}" if s.last == s.first else f"steps {s.first}-{s.last or '…'}"
            lines.append(f"{when:10} {s.worker}  {_words(s)} {look(s.state).word}")
    return "\n".join([*lines, *filter(None, [_left_out(steps)])]) or "(no job was started)"
