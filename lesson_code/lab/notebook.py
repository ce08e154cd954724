"""What a notebook shows: the source of a function, and a run while it happens."""

import inspect
import os
from collections.abc import Callable
from itertools import groupby
from types import ModuleType

from IPython import get_ipython
from IPython.display import Markdown, display

from lesson_code.lab.engines.rq import read_run
from lesson_code.lab.pictures import crash_map, job_graph, lanes
from lesson_code.lab.record import Fate, Fates, Run
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.stage.work import work

PACE = 0.4  # seconds that each change stays on the screen

if shell := get_ipython():
    # errors are shown on purpose here: a few lines are enough
    shell.InteractiveTB.set_mode("Plain")
    for record, draw in ((Run, job_graph), (Fate, lanes), (Fates, crash_map)):
        shell.display_formatter.mimebundle_formatter.for_type(
            record, lambda data, draw=draw: draw(data)._repr_mimebundle_()
        )


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
    """Do what `work` does, slowly, and show the job graph while it changes."""
    if not isinstance(lab, Lab):
        raise TypeError(f"watch(lab) takes a Lab, and this is of type {type(lab).__name__}")
    if os.environ.get("LESSON_FRAMES") == "last":  # set where notebooks are tested or stored
        run = work(lab, workers, processes)
        display(run)
        return run
    frame = display(read_run(lab.redis), display_id=True)
    run = work(lab, workers, processes, lambda: frame.update(read_run(lab.redis)), PACE)
    frame.update(run)
    return run
