"""The exercises in their notebook, each right after the section that it practises.

Its cells are the text, the stub and the check. An exercise names the cell that it follows
(`after`). Without that key, it is at the end, and so is each level of the game.
"""

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from lesson_code.exercises.exercise import BadExercise, Exercise, exercises

HEAD = """**Exercises** come after some sections. Write your answer in the first cell and run \
it, then run the check below it ([how it works](00_start_here.ipynb#cell-id=how-to)). Run this \
cell first:"""
GAME = """## Levels
{count} levels, from easy (★) to hard (★★★). Each is a program and what it must do.

1. **Break it:** run `play`. At each step, decide which worker goes on, or that a worker crashes \
(click, or use Tab and Enter). ↶ takes a move back, ? gives a hint, the third hint shows the way.
2. **Fix it:** change the program, run its cell, then run `check`. It plays every crash, or every \
interleaving with one preemption.

You can use `Queue`, `Job`, `Retry`, `Dependency`, `get_current_job` and `pass_results` without an \
import (for ARQ: `asyncio`, `Job` and `Retry`). `hint("{first}")` helps with the fix; \
`solution("{first}")` opens after success, or after three different tries. Run this cell first:"""
IMPORT = "from lesson_code.exercises import check, hint, progress, show_run, solution"


def of_notebook(number: str) -> list[Exercise]:
    """Return the exercises of the notebook "01", from easy to hard."""
    return [one for one in exercises().values() if one.notebook == number]


def minutes(number: str) -> int:
    """Return the minutes to practise: those of its exercises."""
    return sum(one.minutes for one in of_notebook(number))


def with_exercises(cells: list[NotebookNode], number: str) -> list[NotebookNode]:
    """Return the cells with the exercises as they are now.

    A cell that is right already stays, with its output. Raises BadExercise for an exercise that
    names a cell which does not exist.
    """
    here = {(cell.id, cell.source): cell for cell in cells}
    kept = [cell for cell in cells if not is_exercise(cell)]
    for after, group in _groups(kept, number):
        ids = [cell.id for cell in kept]
        kept[ids.index(after) + 1 : ids.index(after) + 1] = group
    return [here.get((cell.id, cell.source), cell) for cell in kept]


def _groups(cells: list[NotebookNode], number: str) -> list[tuple[str, list[NotebookNode]]]:
    """Return the id of a cell, and the cells of exercises that follow it, in their order."""
    ids = [cell.id for cell in cells]
    end = ids[ids.index("quiz") - 1] if "quiz" in ids else cells[-3].id
    chosen = of_notebook(number)
    for one in chosen:
        if one.after and one.after not in ids:
            raise BadExercise(
                f"{one.id}: 'after' names {one.after!r}, no cell of notebook {number}"
            )
    places = sorted({one.after or end for one in chosen}, key=ids.index)
    groups = []
    for place in places:
        some = [one for one in chosen if (one.after or end) == place]
        head = [] if groups else _head(chosen)
        groups.append((place, head + [cell for one in some for cell in exercise_cells(one)]))
    return groups


def is_exercise(cell: NotebookNode) -> bool:
    return cell.id.startswith("exercise")


def _head(chosen: list[Exercise]) -> list[NotebookNode]:
    """Return the cells before the first exercise of a notebook."""
    game = chosen[0].is_level
    text = GAME.format(count=len(chosen), first=chosen[0].id) if game else HEAD
    source = IMPORT.replace("hint", "hint, play") if game else IMPORT
    return [
        new_markdown_cell(text, id="exercises"),
        new_code_cell(source, id="exercises-import"),
    ]


def exercise_cells(one: Exercise) -> list[NotebookNode]:
    """Return the cells of one exercise."""
    name = "exercise-" + one.id.replace("_", "-")
    kind = "" if one.is_level else "Exercise: "
    title = f"### {one.stars} {kind}{one.title}\n{one.engine.upper()}, {one.minutes} minutes"
    return [
        new_markdown_cell(f"{title}. {one.text.strip()}", id=name),
        new_code_cell(one.stub.strip(), id=f"{name}-answer"),
        *played(one.id, name) * one.is_level,
        new_code_cell(f"check({one.id})", id=f"{name}-check"),
    ]


def played(function: str, name: str) -> list[NotebookNode]:
    """Return the cells between a level's program and its check."""
    then = "**Fix it:** change the program above `play`, run its cell, then check it:"
    return [
        new_code_cell(f"play({function})", id=f"{name}-play"),
        new_markdown_cell(then, id=f"{name}-repair"),
    ]
