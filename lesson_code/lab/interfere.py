"""What if a worker dies here, or this job fails? Say so, and the run goes on from there."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import ipywidgets as widgets

from lesson_code.lab.board import Board
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.snapshot import story_of
from lesson_code.lab.stage.story import ArqStory, Story
from lesson_code.lab.stage.table import Table

OFFER = "What if …? Step through it once more: kill a worker, let a job fail, hold one back"
FINE = "The run has come to its end, and all is as if nobody had interfered."


def what_if(what: Lab | Story | ArqStory, workers: int = 1) -> Board:
    """Return a board for the jobs that wait in a lab, or for a story.

    At each place that matters you let the run go on, let a worker die, let the task of a job fail,
    or hold a worker back, so that another one goes first. The jobs of a lab stay as they are: a
    copy of them is played, by so many RQ workers, anew for each move. (What the tasks do outside of
    Redis, they do each time; what they print is not shown.)
    Raises TypeError for anything else; ValueError for a lab without jobs, or without a worker.
    """
    if not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers={workers!r}: pass a whole number of at least 1, like workers=2")
    if isinstance(what, Lab):
        return board(story_of(what.redis, workers))
    if isinstance(what, Story | ArqStory):
        return board(what)
    raise TypeError(f"what_if() takes a Lab or a Story, and this is of type {type(what).__name__}")


def offer(story: Story | ArqStory) -> widgets.Widget:
    """Return a button that opens the board."""
    button = widgets.Button(description=OFFER, layout=widgets.Layout(width="auto"))
    place = widgets.VBox([button])

    def opened(_: widgets.Button) -> None:
        place.children = [board(story).widget()]

    button.on_click(opened)
    return place


def board(story: Story | ArqStory) -> Board:
    @contextmanager
    def opened() -> Iterator[Story | ArqStory]:
        with redirect_stdout(StringIO()):
            yield story

    return Board(Table(opened, workers=0, free=True), _ended)


def _ended(table: Table) -> str:
    fate = table.now.fate
    return f"{fate.says}." if fate.says else FINE
