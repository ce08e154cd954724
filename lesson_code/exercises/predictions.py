"""Predict, then run: a question before a cell, and its reason after."""

from lesson_code.exercises import diary
from lesson_code.exercises.exercise import Misused
from lesson_code.exercises.questions import Question, find_question
from lesson_code.exercises.say import say

_asked: list[str] = []  # the questions that this kernel was asked, the latest last


def predict(name: str, answer: str = ...) -> None:
    """Answer a question with a letter, before its cell is run; `...` shows the question.

    A letter alone answers the question that was asked last.
    Raises UnknownExercise for a question that there is not, Misused for a letter without one.
    """
    if answer is ... and isinstance(name, str) and len(name.strip()) == 1:
        name, answer = _question_of(name), name
    question = find_question(name)
    _asked.append(name)
    letter = str(answer).strip().lower()
    if letter in question.options:
        diary.add("predicted", name, letter)
        return say(
            f"You say **{letter}**: {question.options[letter]} Now run the next cells and see."
        )
    wrong = "" if answer is ... else f"{answer!r} is none of the answers."
    choice = [f"- **{letter}**: {words}" for letter, words in question.options.items()]
    letters = ", ".join(f'`"{letter}"`' for letter in question.options)
    put = f"Put {letters} in the place of the dots, and run the cell again."
    say(wrong, f"**{question.text}**", "\n".join(choice), put)


def reason(name: str) -> None:
    """Say whether the prediction was right, and why; before it was made, ask for it.

    Raises UnknownExercise for a question that there is not.
    """
    question = find_question(name)
    said = diary.record(name).predicted
    if said is None:
        return say("○ Answer the question above first: a guess is enough.")
    right = "✓ **You were right.**" if said == question.answer else _not_as(said, question)
    say(right, question.reason)


def _question_of(letter: str) -> str:
    if not _asked:
        raise Misused(
            f"which question? Put its name in front, as in the cell that asks it: "
            f'predict("main_module", "{letter}")'
        )
    return _asked[-1]


def _not_as(said: str, question: Question) -> str:
    right = question.options[question.answer]
    return f"✗ You said **{said}**. It is **{question.answer}**: {right}"
