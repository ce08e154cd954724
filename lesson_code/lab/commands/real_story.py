"""The story of a command line, for real worker processes: `STORY`, from the environment.

`prove --real` starts workers that know a story by its name, "module:NAME".
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from lesson_code.lab.commands.proving import CannotPlay, story_of
from lesson_code.lab.record import Fate, Fates
from lesson_code.lab.server.lab import Lab
from lesson_code.lab.server.own import NoOwnServer, own_server
from lesson_code.lab.stage.crashes import Progress, in_silence, play, spread
from lesson_code.lab.stage.real_crashes import real_crashes
from lesson_code.lab.stage.stillness import in_silence_of_tasks

ASKED = "LESSON_PROVE"  # a variable of the environment: the options of `story_of`, as JSON
AT_ONCE = 10  # places, for the workers of one process
DIFFERS = "{a.token}: {a.kind} on a real server ({a.says}), {b.kind} on the stage ({b.says})"
NAME = f"{__name__}:STORY"


def __getattr__(name: str) -> Any:
    if name != "STORY":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return story_of(**json.loads(os.environ[ASKED]))


def really_killed(asked: dict[str, Any], budget: int, progress: Progress = in_silence) -> Fates:
    """Kill a real worker, by `kill -9`, at places of the story, at most `budget` of them.

    `asked` has the options of `story_of`. The server is one of our own, started for this. The
    warnings name the places at which the stage says something else. Raises CannotPlay if there is
    no server here, or if the story has several workers or an operator.
    """
    if asked.get("workers", 1) > 1 or asked.get("requeue"):
        raise CannotPlay("--real kills the only worker of a chain: no --workers, no --requeue")
    with in_silence_of_tasks(), _handed_over(asked), _own_lab() as lab:
        story = story_of(**asked)
        steps = play(story).steps
        places = spread([*range(len(steps))], budget)
        fates: list[Fate] = []
        for first in range(0, len(places), AT_ONCE):
            fates += real_crashes(NAME, lab, places[first : first + AT_ONCE])
            progress(len(fates), len(places))
        said = [play(story, fate.token) for fate in fates]
    both = zip(fates, said, strict=True)
    differ = [(a, b) for a, b in both if (a.kind, a.says) != (b.kind, b.says)]
    told = tuple(DIFFERS.format(a=a, b=b) for a, b in differ)
    return Fates(tuple(fates), len(steps), told)


@contextmanager
def _handed_over(asked: dict[str, Any]) -> Iterator[None]:
    path = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH", "")]))
    with patch.dict(os.environ, {ASKED: json.dumps(asked), "PYTHONPATH": path}):
        yield


@contextmanager
def _own_lab() -> Iterator[Lab]:
    try:
        lab = Lab(own_server())
    except NoOwnServer as why:
        raise CannotPlay(f"--real needs a server of its own: {why}") from why
    try:
        yield lab
    finally:
        lab.close()
