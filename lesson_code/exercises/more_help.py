"""Buttons below a check that says "not yet": the next hint, and the run that went wrong."""

import re
from collections.abc import Callable

import ipywidgets as widgets
from IPython.display import display

from lesson_code.exercises import diary
from lesson_code.exercises.exercise import Exercise
from lesson_code.exercises.progress import next_hint
from lesson_code.lab.copying import buttons_work
from lesson_code.lab.frame import AS_TEXT, lines

TOKEN = re.compile(r'`show_run\(\w+, "(\w+)"\)`')


def offer(
    exercise: Exercise,
    told: list[str],
    run: Callable[[str], dict],
    solution: Callable[[], None] | None = None,
) -> None:
    """Show a button for the next hint, one for the solution, and one for the run that went wrong.

    `run(token)` returns the run whose token `told` names, if any, as a notebook shows it;
    `solution()` shows the solution, if it is open. Show nothing where there can be no buttons.
    """
    if not buttons_work():
        return
    hints, shown = widgets.HTML(style=AS_TEXT), widgets.Output()
    hint = _button("", lambda: _show_hint(exercise, hints, hint))
    hint.layout.width = "9em"  # whatever its words are, so that no other button moves
    _name_next(exercise, hint)
    buttons = [hint]
    if solution:
        buttons.append(_button("Solution", lambda: _put(shown, solution)))
    if token := TOKEN.search(" ".join(told)):
        words = "What went wrong, step by step"
        buttons.append(
            _button(words, lambda: _put(shown, lambda: display(run(token[1]), raw=True)))
        )
    row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap"))
    display(widgets.VBox([row, hints, shown]))


def _button(words: str, act: Callable[[], None]) -> widgets.Button:
    button = widgets.Button(description=words, layout=widgets.Layout(width="auto"))
    button.on_click(lambda _: act())
    return button


def _show_hint(exercise: Exercise, hints: widgets.HTML, button: widgets.Button) -> None:
    told = next_hint(exercise.id).split("\n\n")
    hints.value = f'<div role="status">{lines(told)}</div>'
    _name_next(exercise, button)


def _name_next(exercise: Exercise, button: widgets.Button) -> None:
    """Write on the button which hint comes next; when all are seen, it shows them again."""
    seen, count = diary.record(exercise.id).hints, len(exercise.hints)
    button.description = f"Hint {seen + 1} of {count}" if seen < count else "All hints"


def _put(shown: widgets.Output, show: Callable[[], None]) -> None:
    shown.clear_output()
    with shown:
        show()
