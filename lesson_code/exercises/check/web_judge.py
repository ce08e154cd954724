"""The judge's side of a web worker."""

import json
from collections.abc import Callable

from lesson_code.exercises.check import guard, judge


def answer(asked: str, post: Callable[[str], None]) -> None:
    """Answer one request, a line of JSON at a time."""

    def send(**message) -> None:
        post(json.dumps(message) + "\n")

    def over(counted: str) -> None:
        send(over=counted)
        post("")  # it has answered: the page ends this worker
        while True:
            pass

    judge.answer(json.loads(asked), lambda: guard.refuse(offline=True), send, over)
