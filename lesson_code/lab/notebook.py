"""What a notebook shows: the source of a function, and a run while it happens."""

import inspect
import os
from collections.abc import Callable
from itertools import groupby
from types import ModuleType

from IPython import get_ipython
from IPython.display import Markdown, display

from lesson_code.lab.engines.rq import read_run
from lesson_code.lab.interfere import offer
from lesson_code.lab.pictures import crash_map, lanes
from lesson_code.lab.player import run_again
from lesson_code.lab.record import Fate, Fates, Run
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.snapshot import story_of
from lesson_code.lab.stage.work import work

PACE = 0.4  # seconds that each change stays on the screen

if shell := get_ipython():
    # errors are shown on purpose here: a few lines are enough
    shell.InteractiveTB.set_mode("Plain")
    shown = shell.display_formatter.mimebundle_formatter
    shown.for_type(Run, run_again)
    shown.for_type(Fate, lambda fate: lanes(fate)._repr_mimebundle_())
    shown.for_type(Fates, lambda fates: crash_map(fates)._repr_mimebundle_())


def show(*things: Callable | type | ModuleType) -> None:
    """Show the source code that runs, in colour, and where it stands."""
    for thing in things:
        if not inspect.getmodule(thing):
            raise TypeError(f"show({thing!r}): pass a function, a class or a module")
    for module, together in groupby(things, lambda thing: inspect.getmodule(thing).__name__):
        sources = "\n\n\n".join(inspect.getsource(thing).rstrip() for thing in together)
        where = module.replace(".", "/")
        display(Markdown(f"`{where}.py`\n```python\n{sources}\n```"))


def watch(lab: Lab, workers: int = 1, processes: bool = False) -> Run:
    """Do what `work` does, slowly, and show the job graph while it changes.

    Then the run may be stepped through; a button offers to interfere with it (`what_if`).
    """
    if not isinstance(lab, Lab):
        raise TypeError(f"watch(lab) takes a Lab, and this is of type {type(lab).__name__}")
    if os.environ.get("LESSON_FRAMES") == "last":  # set where notebooks are tested or stored
        run = work(lab, workers, processes)
        display(run)
        return run
    before = read_run(lab.redis)
    story = story_of(lab.redis, workers) if before.jobs else None
    frame = display(before, display_id=True)
    run = work(lab, workers, processes, lambda: frame.update(read_run(lab.redis)), PACE)
    frame.update(run)
    if story:
        display(offer(story)._repr_mimebundle_() | {"text/plain": ""}, raw=True)
    return run
