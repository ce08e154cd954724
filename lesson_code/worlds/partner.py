"""A partner who is asked over the network, and sometimes takes very long to answer."""

import asyncio
import time

from lesson_code.worlds.accidents import reader, task

BUSY = {"price": 0.02, "history": 0.8}  # seconds
OTHER = {"BUSY": {"price": 0.09, "history": 0.035}}


@task
def answered(question: str) -> str:
    return f"the {question} is here"


@reader
async def ask(question: str) -> str:
    if question in BUSY:
        await asyncio.sleep(BUSY[question])
    return answered(question)


def ask_the_partner() -> None:
    """Ask a partner again and again who never answers."""
    while True:
        time.sleep(0.01)
