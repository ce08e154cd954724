"""The front page's Python: it runs a few lines, draws their jobs, and lets a worker die."""

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO

from rq import Queue

from lesson_code.lab.frame import beside, graph, line
from lesson_code.lab.pictures import timeline
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.snapshot import story_of
from lesson_code.lab.stage.story import Story
from lesson_code.lab.stage.table import Table, about
from lesson_code.lab.stage.work import work

FINE = "All is as if nobody had interfered."
lab = Lab()
table: Table | None = None


def run(source: str) -> str:
    """Run the lines, which find a `queue`, and let a worker work; return what is to be shown."""
    global table
    table = None
    lab.empty()
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            exec(compile(source, "<your code>", "exec"), {"queue": Queue(connection=lab.redis)})
            story = story_of(lab.redis)
            ran = work(lab)
    except Exception as error:
        return _told(error="".join(traceback.format_exception_only(error)))
    table = _table(story)
    return _told(shown=graph(ran) + beside(timeline(ran)), printed=printed.getvalue())


def move(key: str) -> str:
    """Do a move at the table, "undo", "again" or "end"; "look" does nothing. Return what is to be
    shown, and the moves that there are now.
    """
    known = {"undo": table.undo, "again": table.again, "end": table.finish, "look": lambda: None}
    known.get(key, lambda: table.move(key))()
    if table.is_over:
        says = table.now.fate.says or FINE
    else:
        says = f"{about(table.now.fate.steps[table.at])} … if you let it."
    moves = [[one.key, one.words.replace("`", "")] for one in table.moves()]
    return _told(shown=graph(table.now.jobs), says=line(says), moves=moves)


def _table(story: Story) -> Table:
    @contextmanager
    def opened() -> Iterator[Story]:
        with redirect_stdout(StringIO()):
            yield story

    return Table(opened, workers=0, free=True)


def _told(**what: object) -> str:
    return json.dumps(what)
