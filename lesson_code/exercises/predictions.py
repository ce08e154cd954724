"""Questions: `predict` before a cell, with its `reason` after it; `quiz` about earlier sections."""

import os
from collections.abc import Callable

import ipywidgets as widgets

from lesson_code.exercises import diary
from lesson_code.exercises.exercise import Misused
from lesson_code.exercises.questions import Question, find_question
from lesson_code.exercises.say import say
from lesson_code.lab.frame import AS_TEXT, STYLE, WRAPS, line

Told = Callable[[Question, str], str]  # the text about an answer, which it records

_asked: list[str] = []  # the questions of this kernel, the latest last


def predict(name: str | int, answer: str | int = ...) -> None:
    """Answer a question with a number, before its cell is run; `...` shows the question.

    In a notebook that runs, the answers are buttons: a click, or Tab and Enter. A number alone
    answers the most recent question.

    Raises UnknownExercise for an unknown question, Misused for a number without one.
    """
    _ask(name, answer, _keep)


def quiz(name: str | int, answer: str | int = ...) -> None:
    """Ask a question about earlier sections in the same way, and give the answer and reason at
    once.
    """
    _ask(name, answer, _judge)


def reason(name: str) -> None:
    """Say whether the prediction was right, and why; if there is none yet, ask for it.

    Raises UnknownExercise for an unknown question.
    """
    question = find_question(name)
    said = diary.record(name).predicted
    if said not in question.options:
        return say("○ Answer the question above first: a guess is enough.")
    say(_right_or_not(said, question), question.reason)


def _ask(name: object, answer: object, told: Told) -> None:
    """Ask a question, or show the text that `told` returns for an answer."""
    if answer is ... and len(str(name).strip()) == 1:
        name, answer = _question_of(name), name
    question = find_question(name)
    _asked.append(name)
    number = str(answer).strip()
    if number in question.options:
        return say(told(question, number))
    wrong = "" if answer is ... else f"{answer!r} is none of the answers."
    choice = [f"- **{number}**: {words}" for number, words in question.options.items()]
    *numbers, last = question.options
    put = f"Put {', '.join(numbers)} or {last} in place of the dots, and run the cell again."
    seen = _buttons(question, answer, told)
    say(wrong, f"**{question.text}**", "\n".join(choice), put, seen=seen)


def _keep(question: Question, number: str) -> str:
    """Record an answer; return the text about it."""
    diary.add("predicted", question.id, number)
    return f"You say **{number}**: {question.options[number]} Now run the next cells and see."


def _judge(question: Question, number: str) -> str:
    """Record an answer; return whether it is right, and why."""
    diary.add("predicted", question.id, number)
    return f"{_right_or_not(number, question)} {question.reason}"


def _buttons(question: Question, answer: object, told: Told) -> dict:
    """Return buttons to show instead of the words where they work; not in a stored notebook."""
    if answer is not ... or os.environ.get("LESSON_FRAMES") == "last":
        return {}
    return _choice(question, told)._repr_mimebundle_()


def _choice(question: Question, told: Told) -> widgets.Widget:
    """Return the question with a button for each answer; the first press counts."""
    said = widgets.HTML(style=AS_TEXT)
    buttons = [
        widgets.Button(
            description=f"{number}: {words.replace('`', '')}",
            layout=widgets.Layout(width="fit-content", max_width="100%"),
        )
        for number, words in question.options.items()
    ]

    def show(text: str) -> None:
        said.value = f'<div role="status">{line(text)}</div>'

    def chosen(number: str) -> None:
        show(told(question, number))

    for number, button in zip(question.options, buttons, strict=True):
        button.add_class(WRAPS)
        button.on_click(lambda _, number=number: chosen(number))
    before = diary.record(question.id).predicted
    if before in question.options:
        show(f"You have said **{before}**; the first answer counts.")
    asked = widgets.HTML(STYLE + line(f"**{question.text}**"), style=AS_TEXT)
    return widgets.VBox([asked, *buttons, said])


def _question_of(number: object) -> str:
    if not _asked:
        raise Misused(
            f"which question? Put its name first, as in the cell that asks it: "
            f'predict("main_module", {number})'
        )
    return _asked[-1]


def _right_or_not(said: str, question: Question) -> str:
    if said == question.answer:
        return "✓ **You were right.**"
    right = question.options[question.answer]
    return f"✗ You said **{said}**. It is **{question.answer}**: {right}"
