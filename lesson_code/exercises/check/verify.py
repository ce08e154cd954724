"""The proof of an exercise: its stub, solutions, wrong answers and hints do their job."""

from lesson_code.exercises.check.effort import FACTOR
from lesson_code.exercises.check.examiner import examine_and_prove
from lesson_code.exercises.check.reasons import reasons
from lesson_code.exercises.exercise import Exercise
from lesson_code.exercises.learner import is_stub, sentences

LEAST_HINTS, LEAST_SOLUTIONS, LEAST_WRONG = 3, 2, 3


def verify(exercise: Exercise, real: bool = False) -> list[str]:
    """Return all that is wrong with the exercise: an empty list is the proof.

    With `real` the solutions, which are the part that depends on it, are played on the Redis at
    REDIS_URL.
    """
    found = [*_counts(exercise), *_hints(exercise)]
    refused = [] if real else exercise.wrong
    answers = [exercise.stub, *exercise.solutions, *(one.answer for one in refused)]
    verdicts, found_impossible = examine_and_prove(exercise, answers, real)
    if len(verdicts) < len(answers):
        return [*found, f"answer {len(verdicts)} did not end: {verdicts[-1]['sentences'][0]}"]
    found += found_impossible
    stub, *others = verdicts
    if stub["solved"]:
        found += ["the stub is right already"] * (not real)  # fewer trials are played there
    elif "line " in (told := stub["sentences"][0])[:5]:
        found.append(f"the stub raises: {told}")
    right, wrong = others[: len(exercise.solutions)], others[len(exercise.solutions) :]
    for number, verdict in enumerate(right, start=1):
        if not verdict["solved"]:
            found.append(f"solution {number} is refused: {'; '.join(verdict['sentences'])}")
        found += _dear(number, verdict)
    for one, verdict in zip(refused, wrong, strict=True):
        if verdict["solved"]:
            found.append(f"a wrong answer is accepted: it should get {one.says!r}")
        elif not any(one.says in told for told in verdict["sentences"]):
            found.append(f"a wrong answer gets {verdict['sentences']}, not {one.says!r}")
        elif one.because and not sentences(exercise, verdict, one.answer)[-1].endswith(one.because):
            found.append(f"{one.because!r} is not told, but the reason of another wrong answer")
        elif not one.because and (others := reasons(exercise, verdict["sentences"], one.answer)):
            found.append(
                f"the answer for {one.says!r} gets another's reason: {others[0].because!r}"
            )
    return [f"{exercise.id}: {complaint}" for complaint in found]


def _dear(number: int, verdict: dict) -> list[str]:
    """Return each count of the solution that is too high for a limit of FACTOR times as much."""
    names = ("turns of loops and calls", "round trips to Redis")
    return [
        f"solution {number} takes {took:,} {name}, and an answer may take {limit:,}"
        for took, limit, name in zip(verdict["work"], verdict["limit"], names, strict=True)
        if took * FACTOR > limit
    ]


def _counts(exercise: Exercise) -> list[str]:
    least = {
        "hints": LEAST_HINTS,
        "solutions": LEAST_SOLUTIONS,
        "wrong": LEAST_WRONG,
    }
    return [
        f"has {len(getattr(exercise, key))} {key}, and needs {number}"
        for key, number in least.items()
        if len(getattr(exercise, key)) < number
    ]


def _hints(exercise: Exercise) -> list[str]:
    found = ["a hint is empty"] * any(not one.strip() for one in exercise.hints)
    known = set(exercise.stub.splitlines())
    for solution in exercise.solutions:
        new = [line.strip() for line in solution.splitlines() if line and line not in known]
        if all(line in exercise.hints[-1] for line in new):
            found.append("the last hint holds the whole solution")
        if is_stub(exercise, solution):
            found.append("a solution is the stub")
    return found
