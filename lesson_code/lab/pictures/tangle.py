"""A graph with too many arrows for a page: one box for each level, and the arrows between them."""

from collections import defaultdict
from collections.abc import Sequence

from lesson_code.lab.pictures.fold import Arrow, Box, arrows, in_front
from lesson_code.lab.pictures.levels import levels

MOST_ARROWS = 200  # a graph with more of them is drawn level by level
LEFT_OUT = "arrows that skip a level are left out"  # the note below such a picture


def untangled(made: Sequence[Box]) -> tuple[list[Box], list[Arrow], tuple[str, ...]]:
    """Return the boxes to draw, their arrows, and the notes about what is left out.

    A graph with at most MOST_ARROWS arrows stays as it is.
    """
    ways = arrows(made)
    if len(ways) <= MOST_ARROWS:
        return list(made), ways, ()
    floors = _by_level(made)
    level = levels(in_front(floors))
    ways = arrows(floors)
    kept = [way for way in ways if level[way.end] - level[way.start] == 1]
    return floors, kept, (LEFT_OUT,) * (len(kept) < len(ways))


def _by_level(made: Sequence[Box]) -> list[Box]:
    level = levels(in_front(made))
    together = defaultdict(list)
    for n in sorted(level, key=level.get):
        together[level[n]].append(made[n])
    return [
        Box(
            tuple(job for box in boxes for job in box.jobs),
            max(box.steps for box in boxes),
            boxes[0].sets,
        )
        for boxes in together.values()
    ]
