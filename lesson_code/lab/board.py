"""A table to play at, in a notebook: buttons for the moves, and the jobs and lanes so far."""

import os
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lesson_code.lab.frame import beside, line
from lesson_code.lab.pictures import Picture, job_graph, lanes
from lesson_code.lab.stage.table import Table, about

SIGNS = {"": "▶ ", "w": "⇄ ", "f": "✗ ", "d": "† "}
MOST = 6  # moves that are there at once: to go on, three others, to fail, to die


class Board:
    """Shows the table and takes the moves, by click or by keyboard (Tab, then Enter).

    `ended(table)` is asked for what is said when a run has come to its end. Where it is tested or
    stored, only a picture of the table is there. `hints()` are given one at a time, if there are.
    """

    def __init__(
        self,
        table: Table,
        ended: Callable[[Table], str],
        hints: Callable[[], list[str]] | None = None,
    ):
        self.table, self.ended, self.hints, self.hinted = table, ended, hints, 0

    def __str__(self) -> str:
        return "\n\n".join([self.status(), *(picture.text for picture in self._pictures())])

    def status(self) -> str:
        """Return who is about to do what; at the end, what has come of it."""
        table = self.table
        if table.is_over:
            return self.ended(table)
        return f"Step {table.at + 1}: {about(table.now.fate.steps[table.at])} … if you let it."

    def hint(self) -> str:
        """Return the next hint; the last one again, if there is no other."""
        hints = self.hints()
        self.hinted = min(self.hinted + 1, len(hints))
        return hints[self.hinted - 1]

    def _pictures(self) -> list[Picture]:
        so_far = self.table.so_far
        at = None if self.table.is_over else len(so_far.steps) - 1
        return [job_graph(self.table.now.jobs), lanes(so_far, at)]

    def _html(self, more: str = "") -> str:
        words = "".join(f"<p>{line(text)}</p>" for text in (self.status(), more) if text)
        return f'<div role="status">{words}</div>' + "".join(map(beside, self._pictures()))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        still = {"text/html": self._html(), "text/plain": str(self)}
        if os.environ.get("LESSON_FRAMES") == "last":
            return still
        return still | self.widget()._repr_mimebundle_()

    def widget(self) -> widgets.Widget:
        """Return the buttons, and the table below them."""
        moves = [_button() for _ in range(MOST)]
        words = ("▶▶ to the end", "↶ undo", "|◀ again", "? hint")
        end, undo, again, hint = map(_button, words)
        shown = widgets.HTML()
        keys: list[str] = []

        def show(more: str = "") -> None:
            shown.value = self._html(more)
            found = self.table.moves()
            keys[:] = [move.key for move in found]
            for n, button in enumerate(moves):
                button.layout.display = "" if n < len(found) else "none"
                button.description = SIGNS[keys[n][:1]] + found[n].words if n < len(found) else ""
            undo.disabled = again.disabled = not self.table.past
            end.disabled = not found

        def on(button: widgets.Button, act: Callable[[], str | None]) -> None:
            button.on_click(lambda _: show(act() or ""))

        for n, button in enumerate(moves):
            on(button, lambda n=n: self.table.move(keys[n]))
        on(end, self.table.finish)
        on(undo, self.table.undo)
        on(again, self.table.again)
        on(hint, self.hint)
        hint.layout.display = "" if self.hints else "none"
        show()
        row = widgets.Layout(flex_flow="row wrap")
        return widgets.VBox([widgets.HBox([*moves, end, undo, again, hint], layout=row), shown])


def _button(words: str = "") -> widgets.Button:
    return widgets.Button(description=words, layout=widgets.Layout(width="auto"))
