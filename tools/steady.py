"""The same answer gets the same verdict on a busy machine: python -m tools.steady [TIMES]

Each solution and each wrong answer of all exercises is judged once, and then TIMES times (20) with
two busy loops a core beside it. It takes long.
"""

import sys

from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import Exercise, exercises
from tools.load import load

LIMIT = 60  # seconds of processor time for all answers of an exercise


def verdicts(exercise: Exercise) -> list[dict]:
    answers = [*exercise.solutions, *(one.answer for one in exercise.wrong)]
    return examine(exercise, answers, LIMIT)


def main(times: int = 20) -> None:
    quiet = {one.id: verdicts(one) for one in exercises().values()}
    changed = 0
    with load():
        for one in exercises().values():
            other = sum(verdicts(one) != quiet[one.id] for _ in range(times))
            print(
                f"{one.id:24} {len(quiet[one.id]):2} answers, the same {times - other} of {times}"
            )
            changed += other
    if changed:
        sys.exit(f"{changed} runs gave another verdict.")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
