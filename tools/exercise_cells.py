"""The exercises as the last cells of their notebook: text, stub, check."""

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from lesson_code.exercises.exercise import Exercise, exercises

HEAD = """## Exercises
{count} exercises, from easy (★) to hard (★★★). Write your answer into the stub and run it, then \
run the cell below it. The check runs your cell alone, several times, each time on a fresh Redis: \
with one worker and with three, and with what may go wrong. It tells what differs from what was \
asked. `Queue`, `Job`, `Retry`, `Callback`, `Dependency`, `get_current_job` and \
`with_parent_results` (in ARQ's exercises `asyncio`, `Job`, `Retry` and `parallel`) are there \
without an import.

`hint("{first}")` gives the next hint; `solution("{first}")` opens after success, or after three \
different tries; `progress()` shows how far you are. You need not have run the cells above; but \
run this one first:"""
GAME = """## Levels
{count} levels, from easy (★) to hard (★★★): a program, and what it has to do. First *break* it: \
run `play`, and say at each place who goes on, or who dies (by click, or with Tab and Enter). \
↶ takes a move back, ? gives a hint; the third hint shows the way. Then *repair* the cell, run it, \
and `check` plays every death, or every order, that there is. `Queue`, `Job`, `Retry`, \
`Dependency`, `get_current_job` and `with_parent_results` (in ARQ's levels `asyncio`, `Job` and \
`Retry`) are there without an import.

`hint("{first}")` gives hints for the repair; `solution("{first}")` opens after success, or after \
three different tries. Run this cell first:"""
IMPORT = "from lesson_code.exercises import check, hint, progress, show_run, solution"


def of_notebook(number: str) -> list[Exercise]:
    """Return the exercises of the notebook "01", from easy to hard."""
    return [one for one in exercises().values() if one.notebook == number]


def minutes(number: str) -> int:
    """Return the minutes to practise, rounded up to five: its exercises, and free experiments."""
    return -5 * (-(5 + sum(one.minutes for one in of_notebook(number))) // 5)


def with_exercises(cells: list[NotebookNode], number: str) -> list[NotebookNode]:
    """Return the cells with the exercises as they are now, before the last two.

    A cell that is right already stays, with its output.
    """
    here = {(cell.id, cell.source): cell for cell in cells}
    kept = [cell for cell in cells if not is_exercise(cell)]
    now = [here.get((cell.id, cell.source), cell) for cell in exercise_cells(number)]
    return [*kept[:-2], *now, *kept[-2:]]


def is_exercise(cell: NotebookNode) -> bool:
    return cell.id.startswith("exercise")


def exercise_cells(number: str) -> list[NotebookNode]:
    chosen = of_notebook(number)
    if not chosen:
        return []
    game = chosen[0].is_level
    head = (GAME if game else HEAD).format(count=len(chosen), first=chosen[0].id)
    cells = [
        new_markdown_cell(head, id="exercises"),
        new_code_cell(
            IMPORT.replace("hint", "hint, play") if game else IMPORT, id="exercises-import"
        ),
    ]
    for one in chosen:
        name = "exercise-" + one.id.replace("_", "-")
        title = f"### {one.stars} {one.title}\n{one.engine.upper()}, {one.minutes} minutes"
        cells += [
            new_markdown_cell(f"{title}. {one.text.strip()}", id=name),
            new_code_cell(one.stub.strip(), id=f"{name}-answer"),
            *played(one.id, name) * game,
            new_code_cell(f"check({one.id})", id=f"{name}-check"),
        ]
    return cells


def played(function: str, name: str) -> list[NotebookNode]:
    """Return the cells between a level's program and its check."""
    then = (
        f"It breaks? Then repair `{function}`, run its cell, and see whether anything still does:"
    )
    return [
        new_code_cell(f"play({function})", id=f"{name}-play"),
        new_markdown_cell(then, id=f"{name}-repair"),
    ]
