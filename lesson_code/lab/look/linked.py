"""Which jobs belong to some others: those that dependencies connect with them."""

from collections.abc import Iterable, Mapping


def connected(after: Mapping[str, Iterable[str]], start: Iterable[str]) -> set[str]:
    """Return these ids, and all that one comes to from them by dependencies, both ways.

    `after` has the ids of the dependencies of each job, by its id; others are left out.
    """
    nearby: dict[str, list[str]] = {one: [] for one in after}
    for one, dependencies in after.items():
        for dependency in dependencies:
            if dependency in nearby:
                nearby[one].append(dependency)
                nearby[dependency].append(one)
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        if (one := waiting.pop()) not in found:
            found.add(one)
            waiting += nearby[one]
    return found
