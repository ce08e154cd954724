"""The rows of a run's lanes: each is a step, a crash, a stop, or several folded steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lesson_code.lab.pictures.matters import matters, shared
from lesson_code.lab.record import Fate, Step
from lesson_code.lab.states import STATES, State, fate_look

PLAIN, BOTH, DIES = STATES["created"], STATES["queued"], STATES["failed"]
TOLD = STATES["started"]
LEFT_OUT = STATES["absent"]


@dataclass(frozen=True)
class Row:
    """A step, a crash, a stop, or several folded steps.

    `lane` is the worker, "" if there are several.
    """

    lane: str
    words: str
    below: str = ""
    look: State = LEFT_OUT
    step: int | None = None


def rows_of(fate: Fate, at: int | None) -> Iterator[Row]:
    both, kept, last = shared(fate.steps), matters(fate, at), -1
    for n in [*kept, len(fate.steps)]:
        if folded := fate.steps[last + 1 : n]:
            workers = {step.worker for step in folded}
            lane = workers.pop() if len(workers) == 1 else ""
            yield Row(lane, f"… {len(folded)} more step{'s' * (len(folded) > 1)}")
        if n < len(fate.steps):
            step, last = fate.steps[n], n
            if n in fate.crashes:
                yield Row(step.worker, "† crashes", f"before: {_says(step)}", DIES, n)
            elif n in fate.stops:
                yield Row(step.worker, "■ SIGTERM", f"before: {_says(step)}", TOLD, n)
            else:
                touched = [key for key in step.keys if key in both]
                sign = "⇄ " * bool(touched)
                below = " ".join([step.command, *touched[:1]]) if step.says or touched else ""
                look = BOTH if touched else PLAIN
                yield Row(step.worker, sign + _says(step), below, look, n)


def _says(step: Step) -> str:
    return (f"{step.job}: " if step.job else "") + (step.says or step.command)


def name(fate: Fate) -> str:
    look = fate_look(fate.kind)
    return f"{look.glyph} {look.word}" + f", {fate.token}" * bool(fate.token)


def twin(fate: Fate, rows: Sequence[Row], at: int | None) -> str:
    """Return a line for each step: its number, the worker, the words; ">" marks the current one."""
    wide = max((len(row.lane) for row in rows), default=0)
    lines = [name(fate) + f": {fate.says}" * bool(fate.says)]
    for row in rows:
        number = "" if row.step is None else f"{row.step + 1}"
        mark = ">" if row.step is not None and row.step == at else " "
        below = f"  {row.below}" if row.below else ""
        lines.append(f"{mark}{number:>4}  {row.lane:{wide}}  {row.words}{below}".rstrip())
    return "\n".join(lines)
