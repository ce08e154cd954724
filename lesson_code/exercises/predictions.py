"""Predict, then run: a question before a cell, and its reason after."""

import os

import ipywidgets as widgets

from lesson_code.exercises import diary
from lesson_code.exercises.exercise import Misused
from lesson_code.exercises.questions import Question, find_question
from lesson_code.exercises.say import say
from lesson_code.lab.frame import line

_asked: list[str] = []  # the questions that this kernel was asked, the latest last


def predict(name: str, answer: str = ...) -> None:
    """Answer a question with a letter, before its cell is run; `...` shows the question.

    In a notebook that runs, the answers are buttons: a click, or Tab and Enter. A letter alone
    answers the question that was asked last.
    Raises UnknownExercise for a question that there is not, Misused for a letter without one.
    """
    if answer is ... and isinstance(name, str) and len(name.strip()) == 1:
        name, answer = _question_of(name), name
    question = find_question(name)
    _asked.append(name)
    letter = str(answer).strip().lower()
    if letter in question.options:
        return say(_keep(question, letter))
    wrong = "" if answer is ... else f"{answer!r} is none of the answers."
    choice = [f"- **{letter}**: {words}" for letter, words in question.options.items()]
    letters = ", ".join(f'`"{letter}"`' for letter in question.options)
    put = f"Put {letters} in the place of the dots, and run the cell again."
    say(wrong, f"**{question.text}**", "\n".join(choice), put, seen=_buttons(question, answer))


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


def _keep(question: Question, letter: str) -> str:
    """Keep an answer; return what is said of it."""
    diary.add("predicted", question.id, letter)
    return f"You say **{letter}**: {question.options[letter]} Now run the next cells and see."


def _buttons(question: Question, answer: object) -> dict:
    """Return what is seen in the place of the words where buttons work; not where it is stored."""
    if answer is not ... or os.environ.get("LESSON_FRAMES") == "last":
        return {}
    return _choice(question)._repr_mimebundle_()


def _choice(question: Question) -> widgets.Widget:
    """Return the question with a button for each answer; the first that is pressed is kept."""
    said = widgets.HTML()
    buttons = [
        widgets.Button(
            description=f"{letter}: {words.replace('`', '')}",
            layout=widgets.Layout(width="fit-content", max_width="100%"),
        )
        for letter, words in question.options.items()
    ]

    def told(text: str) -> None:
        said.value = f'<div role="status">{line(text)}</div>'

    def chosen(letter: str) -> None:
        told(_keep(question, letter))

    for letter, button in zip(question.options, buttons, strict=True):
        button.on_click(lambda _, letter=letter: chosen(letter))
    if before := diary.record(question.id).predicted:
        told(f"You have said **{before}**; the first answer counts.")
    return widgets.VBox([widgets.HTML(line(f"**{question.text}**")), *buttons, said])


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
