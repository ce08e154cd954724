"""The functions for a learner: check, play, show_run, hint, solution."""

import ast
import inspect
from collections.abc import Callable
from functools import partial

from IPython.display import display

from lesson_code.exercises import diary
from lesson_code.exercises.cells import cell_of, failed_after
from lesson_code.exercises.check.answer import NotAnAnswer
from lesson_code.exercises.check.examiner import examine, show
from lesson_code.exercises.check.examiner import warm_up as warm_up
from lesson_code.exercises.check.lacks import lacks
from lesson_code.exercises.check.reasons import reasons
from lesson_code.exercises.check.slips import slips
from lesson_code.exercises.exercise import Exercise, Misused, exercises, find
from lesson_code.exercises.game import board
from lesson_code.exercises.more_help import offer
from lesson_code.exercises.places import search as search
from lesson_code.exercises.predictions import predict as predict
from lesson_code.exercises.predictions import quiz as quiz
from lesson_code.exercises.predictions import reason as reason
from lesson_code.exercises.progress import next_hint
from lesson_code.exercises.progress import progress as progress
from lesson_code.exercises.progress import reset as reset
from lesson_code.exercises.say import say
from lesson_code.lab.copying import buttons_work, offer_copy
from lesson_code.lab.pictures import Picture

SERIOUS_TRIES = 3  # after so many different answers the solution may be seen
_checked: dict[str, str] = {}  # exercise -> the cell that was checked last in this kernel


def check(answer: Callable) -> None:
    """Check the exercise that `answer` is named after, and show each difference, if any.

    Raises Misused when `answer` is no function of a cell, UnknownExercise for another name.
    """
    exercise = _exercise_of(answer)
    source = cell_of(answer)
    noted = _as_last_run(exercise, source)
    if is_stub(exercise, source):
        return say(f"○ **Not solved yet.** {exercise.begin}", noted, _help(exercise))
    verdict = examine(exercise, [source])[0]
    if verdict.get("busy"):  # it says nothing about the answer, so it is no try
        _checked.pop(exercise.id)
        return say("○ **Not checked.**", *sentences(exercise, verdict, source), noted)
    diary.add("tried", exercise.id, diary.digest(_bare(source)))
    if verdict["solved"]:
        diary.add("solved", exercise.id)
        more = (_survived(verdict), _believed(exercise), noted, _another(exercise))
        say(f"✓ **Solved.** {exercise.explanation}", *more)
    else:
        stuck = "" if buttons_work() else _help(exercise)
        say("✗ **Not yet.**", *sentences(exercise, verdict, source), noted, stuck)
    if verdict["printed"]:
        say(f"Your code printed:\n```text\n{verdict['printed']}\n```")
    if verdict["picture"]:
        display(Picture(**verdict["picture"]))
    if not verdict["solved"]:
        offer(
            exercise,
            verdict["sentences"],
            lambda token: show(exercise, source, token),
            partial(solution, exercise.id) if _is_open(exercise) else None,
        )


def show_run(answer: Callable | None = None, token: str | None = None) -> None:
    """Show one run of your answer step by step: the one that the check names by its token.

    Raises Misused or UnknownExercise, as `check` does; Misused without a token, too.
    """
    if answer is None or not isinstance(token, str):
        name = getattr(answer, "__name__", answer)
        name = name if isinstance(name, str) else next(reversed(_checked), "order_chain")
        raise Misused(
            f'show_run takes the function and a token in quotes, as in show_run({name}, "d40"). '
            "A check names the token of a run that goes wrong, if the exercise asks for crashes or "
            "for several workers"
        )
    exercise = _exercise_of(answer, "show_run")
    display(show(exercise, cell_of(answer), token), raw=True)


def play(answer: Callable) -> None:
    """Play your answer to a level: you choose who goes on, and who crashes, until it breaks.

    Raises Misused when it is no level, and as `check` does.
    """
    exercise = _exercise_of(answer, "play")
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
    """Return the wrong belief of the level's program, and the real code that shares it."""
    if not exercise.is_level:
        return ""
    return (
        f"Its assumption was: “{exercise.misunderstanding}” You find the same mistake in"
        f" {exercise.seen_in}."
    )


def _exercise_of(answer: Callable, call: str = "check") -> Exercise:
    """Return the exercise of `answer`. Raises Misused or UnknownExercise."""
    if isinstance(answer, str):
        raise Misused(f"{call} takes the function itself, without quotes: {call}({answer})")
    if not inspect.isfunction(answer):
        name = getattr(answer, "__name__", "")
        name = name if name in exercises() else "order_chain"
        what = "None" if answer is None else f"of the type {type(answer).__name__}"
        if inspect.iscoroutine(answer):
            answer.close()  # it will not be awaited
        raise Misused(
            f"this is {what}; {call} takes the function itself, without (): {call}({name})"
        )
    if answer.__name__ == "<lambda>":
        raise Misused("a lambda has no name: write a function with the name that the exercise asks")
    if answer.__name__ not in exercises() and answer.__module__ not in (None, "__main__"):
        raise Misused(
            f"{answer.__name__} is a function of {answer.__module__}, and no exercise; "
            f"{call} takes the function of your cell, as in {call}(order_chain)"
        )
    return find(answer)


def _as_last_run(exercise: Exercise, source: str) -> str:
    """Return a note if the cell on the page is newer than the checked one."""
    before = _checked.pop(exercise.id, None)  # the last one that was checked is the last key
    _checked[exercise.id] = source
    if number := failed_after(exercise.id, source):
        return (
            f"The cell with your new `{exercise.id}` (`[{number}]`) ended in an error, so this is "
            "the answer before it. Fix that cell and run it, then check again."
        )
    if before == source:
        return (
            "This is the answer of your last check. A change counts once its cell has been run: "
            "run that cell first (Shift+Enter), then this one."
        )
    return ""


def is_stub(exercise: Exercise, source: str) -> bool:
    """Return whether only comments and spaces were changed."""
    return _bare(source) == _bare(exercise.stub)


def _bare(source: str) -> str:
    """Return the part of the source that counts: no comments, no spaces."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return source


def sentences(exercise: Exercise, verdict: dict, source: str) -> list[str]:
    """Return the sentences about an answer that is not right: the differences, and the reason.

    The reason is a slip that is seen in the answer, else that of a wrong answer with the same
    difference, if all that it claims is seen in this one.
    """
    told = verdict["sentences"]
    all_told = " ".join(told)
    seen = slips(source, exercise.id, exercise.engine, all_told)
    usual = reasons(exercise, told, source)
    lacking = [] if usual and usual[0].seen else lacks(source, all_told)
    if lacking:
        needless = [one for solution in exercise.solutions for one in lacks(solution, all_told)]
        lacking = [one for one in lacking if one not in needless]
    if seen or lacking:
        reason = [f"In your answer: {one}." for one in (seen or lacking)[:1]]
    else:
        reason = [f"Often the reason: {one.because}" for one in usual[:1]]
    return [*(f"- {_ended(one)}" for one in told), *reason]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def hint(name: str | Callable | None = None) -> None:
    """Show the next hint for the exercise, below the earlier ones.

    Without a name, it is for the exercise that was checked last. Raises UnknownExercise.
    """
    say(next_hint(_last_checked(name, "hint")))


def solution(name: str | Callable | None = None) -> None:
    """Show the solution, once the exercise is solved or was seriously tried three times.

    Without a name, it is for the exercise that was checked last. Raises UnknownExercise.
    """
    exercise = find(_last_checked(name, "solution"))
    if not _is_open(exercise):
        left = SERIOUS_TRIES - len(diary.record(exercise.id).tries)
        answers = "answer" if left == 1 else "different answers"
        return say(f"The solution opens after {left} more {answers}.", _help(exercise))
    say(_code(exercise.solutions[0]))
    offer_copy(exercise.solutions[0].strip())
    say(exercise.explanation, _another(exercise))


def _last_checked(name: str | Callable | None, call: str) -> str | Callable:
    if name is None and not _checked:
        raise Misused(f'{call} takes the name of an exercise, as in {call}("order_chain")')
    return next(reversed(_checked)) if name is None else name


def _help(exercise: Exercise) -> str:
    stuck = f'Stuck? `hint("{exercise.id}")` in a new cell gives a hint, one at a time.'
    return stuck + f' `solution("{exercise.id}")` is open now.' * _is_open(exercise)


def _is_open(exercise: Exercise) -> bool:
    """Return whether the solution may be seen: after success, or three different answers."""
    known = diary.record(exercise.id)
    return known.solved or len(known.tries) >= SERIOUS_TRIES


def _another(exercise: Exercise) -> str:
    return f"**Another way:**\n{_code(exercise.solutions[1])}"


def _code(source: str) -> str:
    return f"```python\n{source.strip()}\n```"
