"""What a learner calls at an exercise: check, play, show_run, hint, solution."""

import ast
import inspect
from collections.abc import Callable

from IPython.display import display

from lesson_code.exercises import diary
from lesson_code.exercises.cells import cell_of, failed_after
from lesson_code.exercises.check.answer import NotAnAnswer
from lesson_code.exercises.check.examiner import examine, show
from lesson_code.exercises.exercise import Exercise, Misused, exercises, find
from lesson_code.exercises.game import board
from lesson_code.exercises.predictions import predict as predict
from lesson_code.exercises.predictions import reason as reason
from lesson_code.exercises.progress import next_hint
from lesson_code.exercises.progress import progress as progress
from lesson_code.exercises.progress import reset as reset
from lesson_code.exercises.say import say
from lesson_code.lab.pictures import Picture

SERIOUS_TRIES = 3  # different answers, after which the solution may be seen
_checked: dict[str, str] = {}  # exercise -> the cell that was checked last in this kernel


def check(answer: Callable) -> None:
    """Check the exercise that `answer` is named after, and show what differs, if anything.

    Raises Misused when `answer` is no function of a cell, UnknownExercise for another name.
    """
    exercise = _exercise_of(answer)
    source = cell_of(answer)
    noted = _as_last_run(exercise, source)
    if is_stub(exercise, source):
        return say(f"○ **Not solved yet.** {exercise.begin}", noted, _help(exercise))
    verdict = examine(exercise, [source])[0]
    if verdict.get("busy"):  # says nothing of the answer, so it is no try
        _checked.pop(exercise.id)
        return say("○ **Not checked.**", *sentences(exercise, verdict), noted)
    diary.add("tried", exercise.id, diary.digest(_bare(source)))
    if verdict["solved"]:
        diary.add("solved", exercise.id)
        more = (_survived(verdict), _believed(exercise), noted, _another(exercise))
        say(f"✓ **Solved.** {exercise.explanation}", *more)
    else:
        say("✗ **Not yet.**", *sentences(exercise, verdict), noted, _help(exercise))
    if verdict["printed"]:
        say(f"Your code printed:\n```text\n{verdict['printed']}\n```")
    if verdict["picture"]:
        display(Picture(**verdict["picture"]))


def show_run(answer: Callable, token: str) -> None:
    """Show one run of your answer step by step: the one that the check names by its token.

    Raises Misused or UnknownExercise, as `check` does.
    """
    exercise = _exercise_of(answer)
    if not isinstance(token, str):
        raise Misused('show_run takes the token in quotes, as in show_run(answer, "d40")')
    display(show(exercise, cell_of(answer), token), raw=True)


def play(answer: Callable) -> None:
    """Play your answer to a level: you say who goes on, and who dies, until it breaks.

    Raises Misused when it is no level, and as `check` does.
    """
    exercise = _exercise_of(answer)
    if not exercise.is_level:
        raise Misused(f"{exercise.id} is no level of the game: check({exercise.id}) checks it")
    try:
        display(board(exercise, cell_of(answer)))
    except NotAnAnswer as error:
        say(f"✗ **It cannot be played.** {error}")


def _survived(verdict: dict) -> str:
    told = verdict["survived"]
    return f"It survives {told}." if told else ""


def _believed(exercise: Exercise) -> str:
    """Return what the level's program took for true, and who else does."""
    if not exercise.is_level:
        return ""
    return f"It had believed: “{exercise.misunderstanding}” Who else does: {exercise.seen_in}."


def _exercise_of(answer: Callable) -> Exercise:
    """Return what `answer` is an answer to. Raises Misused or UnknownExercise."""
    if isinstance(answer, str):
        raise Misused(f"check takes the function itself, without quotes: check({answer})")
    if not inspect.isfunction(answer):
        name = getattr(answer, "__name__", "")
        name = name if name in exercises() else "order_chain"
        what = "None" if answer is None else f"of the type {type(answer).__name__}"
        if inspect.iscoroutine(answer):
            answer.close()  # nobody awaits it
        raise Misused(f"this is {what}; check takes the function itself, without (): check({name})")
    if answer.__name__ == "<lambda>":
        raise Misused("a lambda has no name: write a function with the name that the exercise asks")
    if answer.__name__ not in exercises() and answer.__module__ not in (None, "__main__"):
        raise Misused(
            f"{answer.__name__} is a function of {answer.__module__}, and no exercise; "
            "check takes the function of your cell, as in check(order_chain)"
        )
    return find(answer)


def _as_last_run(exercise: Exercise, source: str) -> str:
    """Return what the page cannot show: that it is an earlier cell which is checked."""
    before = _checked.get(exercise.id)
    _checked[exercise.id] = source
    if number := failed_after(exercise.id, source):
        return (
            f"The cell with your new `{exercise.id}` (`[{number}]`) ended in an error, so this is "
            "the answer before it. Mend that cell and run it, then check again."
        )
    if before == source:
        return (
            "This is the answer of your last check. A change counts once its cell has been run: "
            "run that cell first (Shift+Enter), then this one."
        )
    return ""


def is_stub(exercise: Exercise, source: str) -> bool:
    """Return whether nothing but comments and spaces was changed."""
    return _bare(source) == _bare(exercise.stub)


def _bare(source: str) -> str:
    """Return what of the source counts: no comments, no spaces."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return source


def sentences(exercise: Exercise, verdict: dict) -> list[str]:
    """Return what is told of an answer that is not right: what differs, and the usual reason."""
    told = verdict["sentences"]
    usual = [
        one.because for what in told for one in exercise.wrong if one.because and one.says in what
    ]
    return [*(f"- {one}." for one in told), *(f"Often the reason: {one}" for one in usual[:1])]


def hint(name: str | Callable) -> None:
    """Show the next hint for the exercise, below those that were shown before.

    Raises UnknownExercise.
    """
    say(next_hint(name))


def solution(name: str | Callable) -> None:
    """Show the solution, once the exercise is solved or was seriously tried three times.

    Raises UnknownExercise.
    """
    exercise = find(name)
    known = diary.record(exercise.id)
    if not known.solved and len(known.tries) < SERIOUS_TRIES:
        left = SERIOUS_TRIES - len(known.tries)
        answers = "answer" if left == 1 else "different answers"
        return say(f"The solution opens after {left} more {answers}.", _help(exercise))
    say(_code(exercise.solutions[0]), exercise.explanation, _another(exercise))


def _help(exercise: Exercise) -> str:
    stuck = f'Stuck? `hint("{exercise.id}")` in a new cell gives a hint, one at a time.'
    is_open = len(diary.record(exercise.id).tries) >= SERIOUS_TRIES
    return stuck + f' `solution("{exercise.id}")` is open now.' * is_open


def _another(exercise: Exercise) -> str:
    return f"**Another way:**\n{_code(exercise.solutions[1])}"


def _code(source: str) -> str:
    return f"```python\n{source.strip()}\n```"
