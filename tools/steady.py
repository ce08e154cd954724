"""The same answer gets the same verdict at every load: python -m tools.steady [--sample N] [LOADS]

Each solution and each wrong answer of all exercises is judged alone: once on the machine as it is,
and once with each number of busy loops (0 4 16). With --sample N only every N-th answer is judged.
"""

import argparse
import sys
import time
from itertools import islice

from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import Exercise, exercises
from tools.load import load

LOADS = (0, 4, 16)
Asked = tuple[Exercise, int, str]


def answers() -> list[Asked]:
    """Return each answer with its exercise and its number there."""
    found = []
    for one in exercises().values():
        known = [*one.solutions, *(wrong.answer for wrong in one.wrong)]
        found += [(one, number, answer) for number, answer in enumerate(known)]
    return found


def verdicts(asked: list[Asked]) -> list[dict]:
    """Return the verdicts without the answers' output, which may hold the number of a process."""
    judged = [examine(exercise, [answer])[0] for exercise, _, answer in asked]
    return [{**one, "printed": ""} for one in judged]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=1, metavar="N")
    parser.add_argument("loads", type=int, nargs="*", default=LOADS, metavar="LOADS")
    given = parser.parse_args()
    asked = [*islice(answers(), 0, None, given.sample)]
    first, changed = verdicts(asked), 0
    for loops in given.loads:
        start = time.monotonic()
        with load(loops):
            again = verdicts(asked)
        for (exercise, number, _), one, other in zip(asked, first, again, strict=True):
            if one != other:
                changed += 1
                differs = [key for key in one if one[key] != other.get(key)]
                told = f"{', '.join(differs)}: {other['sentences']}"
                print(f"{exercise.id}, answer {number}, with {loops} busy loops: {told}")
        same = sum(one == other for one, other in zip(first, again, strict=True))
        print(
            f"{loops:2} busy loops: {same} of {len(asked)} verdicts are the same"
            f" ({time.monotonic() - start:.0f} s)"
        )
    if changed:
        sys.exit(f"{changed} answers got another verdict.")


if __name__ == "__main__":
    main()
