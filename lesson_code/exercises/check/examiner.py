"""Asking for a verdict on code that may loop, wait, crash or flood, without any harm."""

import ast
import json
import sys
from collections.abc import Sequence

from lesson_code.exercises.check.said import ENDLESS, OF_THE_MACHINE, SILENT
from lesson_code.exercises.exercise import Exercise

if sys.platform == "emscripten":
    from lesson_code.exercises.check.web_worker import ask
    from lesson_code.exercises.check.web_worker import warm_up as warm_up
else:
    from lesson_code.exercises.check.process import ask
    from lesson_code.exercises.check.process import warm_up as warm_up


def examine(exercise: Exercise, answers: Sequence[str], real: bool = False) -> list[dict]:
    """Return the verdict on each answer (see `judge.Verdict`), as plain data.

    No verdict depends on how fast or how busy the machine is: work is counted (see effort.py). A
    verdict with "busy" says nothing about the answer. Each answer runs on a stage of its own; with
    `real` on the Redis at REDIS_URL, if it is set.
    """
    verdicts, _ = examine_and_prove(exercise, answers, real, prove=False)
    for number, (answer, verdict) in enumerate(zip(answers, verdicts, strict=False)):
        if verdict["solved"] and _has_no_order(answer):
            again, _ = examine_and_prove(exercise, [answer], real, prove=False, seed="1")
            verdicts[number] = again[0]
    return verdicts


def show(exercise: Exercise, answer: str, token: str) -> dict[str, str]:
    """Return the run of the answer that the token names, as a notebook shows it; or the error."""
    messages, failed, _ = _ask(exercise, [answer], token=token)
    shown = [message["shown"] for message in messages if "shown" in message]
    return shown[0] if shown else {"text/plain": failed}


def _has_no_order(answer: str) -> bool:
    """Return whether it may differ in another process, where sets have another order."""
    names = {"set", "frozenset", "hash"}
    methods = {"smembers", "sinter", "sunion", "sdiff", "dependent_ids"}
    return any(
        isinstance(node, ast.Set | ast.SetComp)
        or getattr(node, "id", "") in names
        or getattr(node, "attr", "") in methods
        for node in ast.walk(ast.parse(answer))
    )


def examine_and_prove(
    exercise: Exercise,
    answers: Sequence[str],
    real: bool,
    prove: bool = True,
    seed: str = "0",
) -> tuple[list[dict], list[str]]:
    """Examine the answers with this seed of Python's hashes, and prove the exercise.

    Return the verdicts, and those parts of the exercise's scenes that can never happen.
    """
    messages, failed, busy = _ask(exercise, answers, real, prove, seed)
    verdicts = [message["verdict"] for message in messages if "verdict" in message]
    if len(verdicts) < len(answers):
        told = {"solved": False, "sentences": [failed], "picture": None, "printed": ""}
        verdicts.append({**told, "busy": busy})
    return verdicts, [why for message in messages for why in message.get("impossible", ())]


def _ask(
    exercise: Exercise,
    answers: Sequence[str],
    real: bool = False,
    prove: bool = False,
    seed: str = "0",
    token: str | None = None,
) -> tuple[list[dict], str, bool]:
    """Ask a judge.

    Return its messages, why there are no more of them, and whether that is only because the machine
    is too busy. Raises RuntimeError if the check itself does not work.
    """
    asked = {"exercise": exercise.id, "answers": [*answers]}
    said = ask({**asked, "prove": prove, "token": token}, real, seed)
    whole = said.lines[: said.lines.rfind("\n") + 1]
    messages = [json.loads(line) for line in whole.splitlines()]
    broken = [message["broken"] for message in messages if "broken" in message]
    if broken or not (messages or said.failed):
        raise RuntimeError("the check itself does not work:\n" + "".join([*broken, said.errors]))
    notes = ["starting", *(message["note"] for message in messages if "note" in message)]
    over = [message["over"] for message in messages if "over" in message]
    sentence = ENDLESS if over else said.failed or SILENT
    why = sentence.format(counted="".join(over[:1]), note=notes[-1], code=said.code)
    return messages, why, sentence in OF_THE_MACHINE
