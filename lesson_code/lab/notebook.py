"""Displays of a notebook: the source of a function, and a run while it happens."""

import inspect
import os
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from itertools import groupby
from types import ModuleType

from IPython import get_ipython
from IPython.display import DisplayHandle, Markdown, display

from lesson_code.lab.copying import offer_copy
from lesson_code.lab.engines.rq import read_run
from lesson_code.lab.interfere import offer
from lesson_code.lab.moments import moments
from lesson_code.lab.pictures import crash_map, job_graph, lanes
from lesson_code.lab.player import output, run_again
from lesson_code.lab.record import Fate, Fates, Run
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.snapshot import story_of
from lesson_code.lab.stage.work import work

MOST_LETTERS = 5_000  # printed by the tasks of a run that is watched
PACE, IN_ALL = 0.25, 1.5  # seconds for which each change is visible, and all of them at most

if shell := get_ipython():
    # errors are shown on purpose here: a few lines are enough
    shell.InteractiveTB.set_mode("Plain")
    shown = shell.display_formatter.mimebundle_formatter
    shown.for_type(Run, run_again)
    shown.for_type(Fate, lambda fate: lanes(fate)._repr_mimebundle_())
    shown.for_type(Fates, lambda fates: crash_map(fates)._repr_mimebundle_())


def show(*things: Callable | type | ModuleType) -> None:
    """Show the source code that runs, in colour, below the name of its file."""
    for thing in things:
        if not inspect.getmodule(thing):
            raise TypeError(f"show({thing!r}): pass a function, a class or a module")
    for module, together in groupby(things, lambda thing: inspect.getmodule(thing).__name__):
        sources = "\n\n\n".join(inspect.getsource(thing).rstrip() for thing in together)
        where = module.replace(".", "/")
        display(Markdown(f"`{where}.py`\n```python\n{sources}\n```"))
        offer_copy(sources)


def watch(lab: Lab, workers: int = 1, processes: bool = False, what_if: bool = True) -> Run:
    """Run `work` slowly, and show the job graph while it changes.

    Afterwards you can step through the run, with what its tasks had printed, and a button offers to
    interfere with it, unless `what_if` is False.
    """
    if not isinstance(lab, Lab):
        raise TypeError(f"watch(lab) takes a Lab, and this is of type {type(lab).__name__}")
    if os.environ.get("LESSON_FRAMES") == "last":  # set when notebooks are tested or stored
        run = work(lab, workers, processes)
        display(run)
        return run
    before = read_run(lab.redis)
    story = story_of(lab.redis, workers) if before.jobs and what_if else None
    frame = display(before, display_id=True)
    pace = min(PACE, IN_ALL / max(1, 2 * len(before.jobs)))  # each job starts, and ends
    run, printed = _watched(lab, workers, processes, frame, pace)
    frame.update(run_again(run, printed), raw=True)
    if story:
        display(offer(story)._repr_mimebundle_() | {"text/plain": ""}, raw=True)
    return run


def _watched(
    lab: Lab, workers: int, processes: bool, frame: DisplayHandle, pace: float
) -> tuple[Run, list[str]]:
    """Run `work`, and update the frame at each event.

    Return the Run, and what had been printed at the beginning and after each event. A player cannot
    show a very long text, or that of a run that was interrupted: such a text is printed, and the
    list is empty.
    """
    said, printed = StringIO(), [""]

    def changed() -> None:
        printed.append(said.getvalue())
        still = job_graph(read_run(lab.redis))._repr_mimebundle_()
        frame.update(still | {"text/html": still["text/html"] + output(printed[-1])}, raw=True)

    fits = False
    try:
        with redirect_stdout(said):
            run = work(lab, workers, processes, changed, pace)
        fits = len(printed) == len(moments(run)) and len(said.getvalue()) <= MOST_LETTERS
    finally:
        if not fits:
            print(said.getvalue(), end="")
    return run, printed if fits else []
