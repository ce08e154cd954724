"""A table to play at, in a notebook: buttons for the moves, and the jobs as they are now."""

import os
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lesson_code.lab.frame import AS_TEXT, STYLE, WRAPS, beside, lines
from lesson_code.lab.pictures import Picture, job_graph, lanes
from lesson_code.lab.stage.table import Table

FIXED = {"": "▶ go on", "d": "† crash here", "f": "✗ fail"}  # only the last one changes its width
OTHERS = 3  # buttons for workers that may go first
NARROW = "width:0;min-width:100%"  # a wide picture scrolls, and the text above it is not cut off
LATER = "another worker goes first"
BUSY = "Replaying the run …"


class Board:
    """Shows the table and takes the moves, by click or by keyboard (Tab, then Enter).

    `ended(table)` returns the text for a run that has ended. In tests and in stored notebooks, only
    a picture of the table is shown. `hints()` are given one at a time, if there are any. The steps
    of the workers, with their commands, are shown if the table is `in_detail`.
    """

    def __init__(
        self,
        table: Table,
        ended: Callable[[Table], str],
        hints: Callable[[], list[str]] | None = None,
    ):
        self.table, self.ended, self.hints, self.hinted = table, ended, hints, 0

    def __str__(self) -> str:
        pictures = [picture.text for picture in self._pictures()]
        return "\n\n".join(filter(None, [self.status(), *pictures, "\n".join(self.table.told)]))

    def status(self) -> str:
        """Return which worker is about to do what; at the end, how the run ended."""
        return self.ended(self.table) if self.table.is_over else self.table.coming

    def hint(self) -> str:
        """Return the next hint, or the last one again if there is no other."""
        hints = self.hints()
        self.hinted = min(self.hinted + 1, len(hints))
        return hints[self.hinted - 1]

    def _pictures(self) -> list[Picture]:
        table = self.table
        if not table.in_detail:
            return [job_graph(table.jobs)]
        so_far = table.so_far
        return [job_graph(table.jobs), lanes(so_far, None if table.is_over else table.at - 1)]

    def _html(self, more: str = "") -> str:
        above, below = filter(None, [self.status(), more]), self.table.told
        pictures = "".join(map(beside, self._pictures()))
        said = f'<div role="status">{lines(above)}</div>{pictures}<div>{lines(below)}</div>'
        return f'<div style="{NARROW}">{said}</div>'

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        still = {"text/html": self._html(), "text/plain": str(self)}
        if os.environ.get("LESSON_FRAMES") == "last":
            return still
        return still | self.widget()._repr_mimebundle_()

    def widget(self) -> widgets.Widget:
        """Return the buttons, and the table below them.

        No button moves: one that makes no sense now cannot be pressed, and one whose words change
        has no other on its right.
        """
        moves = {key: _button(words) for key, words in FIXED.items()}
        others = [_button() for _ in range(OTHERS)]
        words = ("◀ back", "↶ undo the last choice", "|◀ to the start", "▶▶ to the end", "? hint")
        back, undo, again, end, hint = controls = [*map(_button, words)]
        detail = widgets.Checkbox(description="details", indent=False, layout=_width())
        busy, shown = widgets.Label(), widgets.HTML(style=AS_TEXT)
        keys: list[str] = []

        def show(more: str = "") -> None:
            shown.value = STYLE + self._html(more)
            found = {move.key: move.words.replace("`", "") for move in self.table.moves()}
            keys[:] = [key for key in found if key.startswith("w")]
            for key, button in moves.items():
                button.disabled = key not in found
                if key == "f":
                    button.description = f"✗ {found.get(key, 'fail')}"
            there = max(len(keys), self.table.most_others)
            for n, button in enumerate(others):
                button.layout.display = "" if n < there else "none"
                button.disabled = n >= len(keys)
                button.description = "⇄ " + ([found[key] for key in keys] + [LATER] * OTHERS)[n]
            back.disabled = again.disabled = not self.table.past
            undo.disabled = not self.table.choices.number
            end.disabled = not found

        def do(act: Callable[[], str | None]) -> None:
            busy.value = BUSY
            try:
                show(act() or "")
            finally:
                busy.value = ""

        def look_closer(change: dict) -> None:
            self.table.in_detail = change["new"]
            do(lambda: None)

        for key, button in moves.items():
            button.on_click(lambda _, key=key: do(lambda: self.table.move(key)))
        for n, button in enumerate(others):
            button.add_class(WRAPS)
            button.layout.max_width = "100%"
            button.on_click(lambda _, n=n: do(lambda: self.table.move(keys[n])))
        acts = (self.table.back, self.table.undo, self.table.again, self.table.finish, self.hint)
        for button, act in zip(controls, acts, strict=True):
            button.on_click(lambda _, act=act: do(act))
        detail.observe(look_closer, "value")
        hint.layout.display = "" if self.hints else "none"
        moves["f"].layout.display = "" if self.table.free else "none"
        moves["d"].layout.display = "" if self.table.crashes else "none"
        show()
        row = widgets.Layout(flex_flow="row wrap")
        first = widgets.HBox([*moves.values()], layout=row)
        second = widgets.VBox(others, layout=widgets.Layout(align_items="flex-start"))
        third = widgets.HBox([*controls, detail, busy], layout=row)
        return widgets.VBox([first, second, third, shown])


def _button(words: str = "") -> widgets.Button:
    return widgets.Button(description=words, layout=_width())


def _width() -> widgets.Layout:
    return widgets.Layout(width="auto")
