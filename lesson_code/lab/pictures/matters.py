"""The steps of a run that matter: the others are folded."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise

from lesson_code.lab.record import Fate, Step

MOST = 8
LIBRARIES = ("rq:", "arq:")  # the beginnings of their keys; all others are the tasks' own


def shared(steps: Sequence[Step]) -> set[str]:
    """Return the keys that two workers touch, one of them writing, at work at the same time."""
    spans: dict[str, tuple[int, int]] = {}
    workers, written = defaultdict(set), set()
    for n, step in enumerate(steps):
        spans[step.worker] = (spans.get(step.worker, (n, n))[0], n)
        for key in step.keys:
            workers[key].add(step.worker)
        written |= {*step.keys} if step.writes else set()
    met = {
        frozenset((one, other))
        for one, other in combinations(spans, 2)
        if spans[other][0] < spans[one][1]  # `one` began first
    }
    return {key for key in written if any(pair <= workers[key] for pair in met)}


def matters(fate: Fate, at: int | None = None) -> list[int]:
    """Return the numbers of at most MOST steps, in their order; `at` is one of them.

    First are crashes and stops, each with the worker's step before it. Then follow effects that
    happened more than once, steps on shared keys of the tasks' own, and the two steps around each
    change of worker. Last are steps on the libraries' shared keys, the nearest first.
    """
    steps = fate.steps
    ends = {*fate.ends}
    last_before = {
        max((m for m in range(n) if steps[m].worker == steps[n].worker), default=n) for n in ends
    }
    done = defaultdict(list)
    for n, step in enumerate(steps):
        if not step.keys and step.command.endswith(")") and n not in ends:
            done[step.command].append(n)
    again = {n for numbers in done.values() if len(numbers) > 1 for n in numbers}
    changes = {
        n
        for (first, one), (second, other) in pairwise(enumerate(steps))
        if one.worker != other.worker
        for n in (first, second)
    }
    both = shared(steps)
    touches = {n for n, step in enumerate(steps) if both & {*step.keys}}
    tasks = {key for key in both if not key.startswith(LIBRARIES)}
    own = {n for n in touches if tasks & {*steps[n].keys}}
    turns = sorted(ends | again | changes) or [0]
    chosen: dict[int, None] = {}  # serves as a set that keeps its order
    for ranked in ({at} - {None}, ends, last_before, again, own, changes, touches):
        near = {n: min(abs(n - turn) for turn in turns) for n in ranked}
        chosen.update(dict.fromkeys(sorted(ranked, key=lambda n, near=near: (near[n], n))))
    if len(steps) <= MOST:
        return [*range(len(steps))]
    return sorted([*chosen][:MOST])
