"""The level of each member of a graph."""

from collections import defaultdict
from collections.abc import Mapping


def levels(front: Mapping) -> dict:
    """Return the level of each: 0 without dependencies, else one more than the latest of them.

    A cycle is cut before the first of its members, whose level is then below its dependencies'.
    Two members that an arrow connects are never on the same level.
    """
    behind = defaultdict(list)
    for one, others in front.items():
        for other in dict.fromkeys(others):
            behind[other].append(one)
    level: dict = {}
    for one in _in_order(front, behind):
        earlier = [level[other] for other in (*front[one], *behind[one]) if other in level]
        level[one] = max(earlier, default=-1) + 1
    return {one: level[one] for one in front}


def _in_order(front: Mapping, behind: Mapping) -> dict:
    """Return all members: each after its dependencies, or, in a cycle, as early as possible."""
    missing = {one: len(front.keys() & set(others)) for one, others in front.items()}
    done: dict = {}  # serves as a set that keeps its order
    for start in [*(one for one in front if not missing[one]), *front]:
        ready = [start]
        while ready:
            one = ready.pop()
            if one in done:
                continue
            done[one] = None
            for other in behind[one]:
                if other not in done:
                    missing[other] -= 1
                    if not missing[other]:
                        ready.append(other)
    return done
