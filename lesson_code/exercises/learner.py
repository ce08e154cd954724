"""What a learner calls in a notebook: check, hint, solution, predict, reason, progress, reset."""

import ast
import inspect
from collections.abc import Callable

from IPython.display import display

from lesson_code.exercises import diary
from lesson_code.exercises.check.examiner import examine
from lesson_code.exercises.exercise import Exercise, exercises, find
from lesson_code.exercises.questions import Question, find_question, questions
from lesson_code.lab.pictures import Picture

SERIOUS_TRIES = 3  # different answers, after which the solution may be seen


def check(answer: Callable) -> None:
    """Check the exercise that `answer` is named after, and show what differs, if anything.

    Raises TypeError when `answer` is no function of a cell, UnknownExercise for another name.
    """
    if not inspect.isfunction(answer):
        raise TypeError(f"check({answer!r}): give it the function itself, without () or quotes")
    exercise = find(answer.__name__)
    source = _cell_of(answer)
    if is_stub(exercise, source):
        return _say(f"○ **Not solved yet.** {exercise.begin}", _help(exercise))
    verdict = examine(exercise, [source])[0]
    diary.add("tried", exercise.id, diary.digest(_bare(source)))
    if verdict["solved"]:
        diary.add("solved", exercise.id)
        _say(f"✓ **Solved.** {exercise.explanation}", _another(exercise))
    else:
        _say("✗ **Not yet.**", *sentences(exercise, verdict), _help(exercise))
    if verdict["printed"]:
        _say(f"Your code printed:\n```text\n{verdict['printed']}\n```")
    if verdict["picture"]:
        display(Picture(**verdict["picture"]))


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


def hint(name: str) -> None:
    """Show the next hint for the exercise, below those that were shown before.

    Raises UnknownExercise.
    """
    _say(next_hint(name))


def next_hint(name: str) -> str:
    """Return the hints up to the next one, and count it as seen. Raises UnknownExercise."""
    exercise = find(name)
    seen = diary.record(name).hints
    if seen < len(exercise.hints):
        diary.add("hint", name)
    count = len(exercise.hints)
    told = enumerate(exercise.hints[: seen + 1], start=1)
    return "\n\n".join(f"**Hint {number} of {count}.** {one}" for number, one in told)


def solution(name: str) -> None:
    """Show the solution, once the exercise is solved or was seriously tried three times.

    Raises UnknownExercise.
    """
    exercise, known = find(name), diary.record(name)
    if not known.solved and len(known.tries) < SERIOUS_TRIES:
        left = SERIOUS_TRIES - len(known.tries)
        answers = "answer" if left == 1 else "different answers"
        return _say(f"The solution opens after {left} more {answers}.", _help(exercise))
    _say(_code(exercise.solutions[0]), exercise.explanation, _another(exercise))


def predict(name: str, answer: str) -> None:
    """Answer a question with a letter, before its cell is run; `...` shows the question.

    Raises UnknownExercise for a question that there is not.
    """
    question = find_question(name)
    if isinstance(answer, str) and answer in question.options:
        diary.add("predicted", name, answer)
        _say(f"You say **{answer}**: {question.options[answer]} Now run the next cells and see.")
    else:
        wrong = [] if answer is ... else [f"{answer!r} is none of the answers."]
        choice = [f"- **{letter}**: {words}" for letter, words in question.options.items()]
        letters = ", ".join(f'`"{letter}"`' for letter in question.options)
        put = f"Put {letters} in the place of the dots, and run the cell again."
        _say(*wrong, f"**{question.text}**", "\n".join(choice), put)


def reason(name: str) -> None:
    """Say whether the prediction was right, and why; before it was made, ask for it.

    Raises UnknownExercise for a question that there is not.
    """
    question = find_question(name)
    said = diary.record(name).predicted
    if said is None:
        return _say("○ Answer the question above first: a guess is enough.")
    right = "✓ **You were right.**" if said == question.answer else _not_as(said, question)
    _say(right, question.reason)


def progress() -> None:
    """Show what is solved and predicted, in each notebook and in all."""
    print(progress_table())


def progress_table() -> str:
    """Return the progress in words: a line for each notebook, and one for all."""
    known = diary.records()
    solved = {name for name, one in known.items() if one.solved} & set(exercises())
    predicted = {name for name, one in known.items() if one.predicted} & set(questions())
    lines = []
    for number in dict.fromkeys(one.notebook for one in exercises().values()):
        here = [one.id for one in exercises().values() if one.notebook == number]
        bar = "".join("■" if name in solved else "□" for name in here)
        asked = [one.id for one in questions().values() if one.notebook == number]
        told = "".join("■" if name in predicted else "□" for name in asked)
        lines.append(f"{number}  exercises {bar:7} predictions {told}")
    total = f"{len(solved)} of {len(exercises())} exercises solved"
    return "\n".join([*lines, f"{total}, {len(predicted)} of {len(questions())} predictions made"])


def reset(name: str) -> None:
    """Forget the tries, hints and success of one exercise or question, or of "all".

    Raises UnknownExercise.
    """
    if name != "all" and name not in questions():
        find(name)
    diary.add("reset", name)


def _cell_of(answer: Callable) -> str:
    """Return the source of the whole cell that defines `answer`."""
    try:
        lines, _ = inspect.findsource(answer)
    except OSError:
        raise TypeError(f"the cell that defines {answer.__name__} is not known: run it") from None
    return "".join(lines)


def _say(*paragraphs: str) -> None:
    text = "\n\n".join(filter(None, paragraphs))
    display({"text/markdown": text, "text/plain": text}, raw=True)


def _help(exercise: Exercise) -> str:
    stuck = f'Stuck? `hint("{exercise.id}")` in a new cell gives a hint, one at a time.'
    is_open = len(diary.record(exercise.id).tries) >= SERIOUS_TRIES
    return stuck + f' `solution("{exercise.id}")` is open now.' * is_open


def _another(exercise: Exercise) -> str:
    return f"**Another way:**\n{_code(exercise.solutions[1])}"


def _code(source: str) -> str:
    return f"```python\n{source.strip()}\n```"


def _not_as(said: str, question: Question) -> str:
    right = question.options[question.answer]
    return f"✗ You said **{said}**. It is **{question.answer}**: {right}"
