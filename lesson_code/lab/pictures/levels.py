"""The level of each member of a graph."""

from collections import defaultdict
from collections.abc import Mapping


def levels(front: Mapping) -> dict:
    """Return the level of each: 0 without dependencies, else one more than the latest of them.

    A cycle is cut before the first of its members, whose level is then below its dependencies'.
    """
    behind = defaultdict(list)
    for one, others in front.items():
        for other in dict.fromkeys(others):
            behind[other].append(one)
    missing = {one: len(front.keys() & set(others)) for one, others in front.items()}
    level = dict.fromkeys(front, 0)
    done = set()
    for start in [*(one for one in front if not missing[one]), *front]:
        ready = [start]
        while ready:
            one = ready.pop()
            if one in done:
                continue
            done.add(one)
            for other in behind[one]:
                if other not in done:
                    level[other] = max(level[other], level[one] + 1)
                    missing[other] -= 1
                    if not missing[other]:
                        ready.append(other)
    return level
