"""The learner's progress in words: solutions, predictions and hints; and a way to forget it."""

from collections.abc import Callable

from lesson_code.exercises import diary
from lesson_code.exercises.exercise import exercises, find
from lesson_code.exercises.questions import questions

OWN = "own_project"  # the project of the learner's own counts as an exercise, too
ITS_NOTEBOOK = "03"


def progress() -> None:
    """Show the solutions and predictions, in each notebook and in total, and the way back."""
    from lesson_code.exercises.places import last_place  # not at the top: the command line
    from lesson_code.exercises.say import say  # works without IPython

    print(progress_table())
    if place := last_place():
        say(f"You stopped at {place}.")


def progress_table() -> str:
    """Return the progress in words: a line for each notebook, and one for all."""
    known = diary.records()
    solved = {name for name, one in known.items() if one.solved} & {*exercises(), OWN}
    predicted = {name for name, one in known.items() if one.predicted} & set(questions())
    lines = []
    every = [*exercises().values(), *questions().values()]
    for number in sorted({one.notebook for one in every}):
        here = [one.id for one in exercises().values() if one.notebook == number]
        here += [OWN] * (number == ITS_NOTEBOOK)
        bar = "".join("■" if name in solved else "□" for name in here)
        asked = [one.id for one in questions().values() if one.notebook == number]
        told = "".join("■" if name in predicted else "□" for name in asked)
        lines.append(f"{number}  exercises {bar:12} predictions {told}")
    total = f"{len(solved)} of {len(exercises()) + 1} exercises solved"
    return "\n".join([*lines, f"{total}, {len(predicted)} of {len(questions())} predictions made"])


def next_hint(name: str | Callable) -> str:
    """Return the hints up to the next one, and count it as seen. Raises UnknownExercise."""
    exercise = find(name)
    seen = diary.record(exercise.id).hints
    if seen < len(exercise.hints):
        diary.add("hint", exercise.id)
    count = len(exercise.hints)
    told = enumerate(exercise.hints[: seen + 1], start=1)
    return "\n\n".join(f"**Hint {number} of {count}.** {one}" for number, one in told)


def reset(name: str) -> None:
    """Forget the tries, hints and success of one exercise or question, or of "all".

    "own_project" is the project of the learner's own. Raises UnknownExercise.
    """
    if name not in ("all", OWN) and name not in questions():
        name = find(name).id
    diary.add("reset", name)
