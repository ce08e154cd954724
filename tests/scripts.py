"""Random scripts: crashes and switches at random steps; and a full report of such a run."""

import hashlib
import random
from collections.abc import Iterable, Iterator

from lesson_code.lab.stage import ArqStory, Story
from lesson_code.lab.stage.crashes import stage_for
from lesson_code.lab.stage.token import Choices
from tests.stories import CHAIN, COUNTING, FAN, FAN_IN, SHAKY, STEPS, TWO_QUEUES

STORIES = [CHAIN, TWO_QUEUES, STEPS, FAN, FAN_IN, SHAKY, COUNTING]


def scripts(numbers: Iterable[int]) -> Iterator[tuple[Story | ArqStory, Choices]]:
    """Yield the stories of these numbers with random choices: some die, some go on."""
    for number in numbers:
        luck = random.Random(f"script {number}")
        steps = sorted(luck.sample(range(120), 3))
        crashes = tuple(at for at in steps if luck.random() < 0.4)
        switches = tuple((at, luck.randrange(2)) for at in steps if luck.random() < 0.6)
        yield luck.choice(STORIES), Choices(crashes, switches)


def told(numbers: Iterable[int]) -> list[str]:
    """Return all that can be told of the runs of these scripts, a few characters for each."""
    found = []
    for story, choices in scripts(numbers):
        run = stage_for(story, choices)
        end = run.run()
        ends = [sorted(one.items()) for one in (end.states, end.results, end.effects, end.places)]
        whole = repr((choices, run.director.steps, ends, end.hangs))
        found.append(hashlib.sha256(whole.encode()).hexdigest()[:12])
    return found
