"""The front page's Python: it runs a few lines, draws their jobs, and makes a worker crash."""

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO

from rq import Queue

from lesson_code.lab.frame import graph, line, overview
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.snapshot import story_of
from lesson_code.lab.stage.story import Story
from lesson_code.lab.stage.table import Table
from lesson_code.lab.stage.work import work

lab = Lab()
table: Table | None = None


def run(source: str) -> str:
    """Run the lines, which use a `queue`, and work off its jobs; return what the page shows."""
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
    return _told(shown=overview(ran), printed=printed.getvalue())


def crash(source: str) -> str:
    """Run the lines, and return their jobs before the first move; or the error of the lines."""
    told = run(source)
    return move("look") if table else told


def move(key: str) -> str:
    """Make a move at the table, "back", "undo", "again" or "end"; "look" does nothing.

    Return what the page shows, and the moves that are possible now.
    """
    acts = {"back": table.back, "undo": table.undo, "again": table.again, "end": table.finish}
    if key in acts:
        acts[key]()
    elif key != "look":
        table.move(key)
    says, chosen = table.coming or table.outcome, "<br>".join(map(line, table.told))
    moves = {one.key: one.words.replace("`", "") for one in table.moves()}
    can = {"back": bool(table.past), "undo": bool(table.choices.number), "end": bool(moves)}
    return _told(shown=graph(table.jobs), says=line(says), chosen=chosen, moves=moves, can=can)


def _table(story: Story) -> Table:
    @contextmanager
    def opened() -> Iterator[Story]:
        with redirect_stdout(StringIO()):
            yield story

    return Table(opened, workers=0, free=True)


def _told(**what: object) -> str:
    return json.dumps(what)
