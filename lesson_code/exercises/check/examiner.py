"""Asking for a verdict: from somebody who may loop, wait, crash or flood, and do no harm."""

import ast
import json
import sys
from collections.abc import Sequence

from lesson_code.exercises.check.said import BUSY, SILENT
from lesson_code.exercises.exercise import Exercise

if sys.platform == "emscripten":
    from lesson_code.exercises.check.web_worker import ask
else:
    from lesson_code.exercises.check.process import ask

LIMIT = 4.0  # seconds of processor time for one answer


def examine(
    exercise: Exercise, answers: Sequence[str], limit: float = 0, real: bool = False
) -> list[dict]:
    """Return the verdict on each answer (see `judge.Verdict`), as plain data.

    All together may take `limit` seconds of processor time, whatever else the machine does; if it
    is 0, LIMIT, and twice that where every death or every order is played. A verdict with "busy"
    says nothing of the answer. Each runs on a stage of its own; with `real` on the Redis at
    REDIS_URL, if it is set.
    """
    limit = limit or LIMIT * (2 if exercise.survives else 1)
    verdicts, _ = examine_and_prove(exercise, answers, limit, real, prove=False)
    for number, (answer, verdict) in enumerate(zip(answers, verdicts, strict=False)):
        if verdict["solved"] and _has_no_order(answer):
            again, _ = examine_and_prove(exercise, [answer], limit, real, prove=False, seed="1")
            verdicts[number] = again[0]
    return verdicts


def show(exercise: Exercise, answer: str, token: str) -> dict[str, str]:
    """Return the run of the answer that the token names, as a notebook shows it; or why not."""
    messages, failed, _ = _ask(exercise, [answer], LIMIT, token=token)
    shown = [message["shown"] for message in messages if "shown" in message]
    return shown[0] if shown else {"text/plain": failed}


def _has_no_order(answer: str) -> bool:
    """Whether it may do another thing in another process, where sets have another order."""
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
    limit: float,
    real: bool,
    prove: bool = True,
    seed: str = "0",
) -> tuple[list[dict], list[str]]:
    """Do the same, with this seed of Python's hashes; return what of the exercise's scenes can
    never happen, too.
    """
    messages, failed, busy = _ask(exercise, answers, limit, real, prove, seed)
    verdicts = [message["verdict"] for message in messages if "verdict" in message]
    if len(verdicts) < len(answers):
        told = {"solved": False, "sentences": [failed], "picture": None, "printed": ""}
        verdicts.append({**told, "busy": busy})
    return verdicts, [why for message in messages for why in message.get("impossible", ())]


def _ask(
    exercise: Exercise,
    answers: Sequence[str],
    limit: float,
    real: bool = False,
    prove: bool = False,
    seed: str = "0",
    token: str | None = None,
) -> tuple[list[dict], str, bool]:
    """Ask a judge; return its messages, why there are no more of them, and whether that is only
    because the machine is too busy. Raises RuntimeError if the check itself does not work.
    """
    asked = {"exercise": exercise.id, "answers": [*answers], "limit": limit}
    said = ask({**asked, "prove": prove, "token": token}, real, seed)
    whole = said.lines[: said.lines.rfind("\n") + 1]
    messages = [json.loads(line) for line in whole.splitlines()]
    broken = [message["broken"] for message in messages if "broken" in message]
    if broken or not (messages or said.failed):
        raise RuntimeError("the check itself does not work:\n" + "".join([*broken, said.errors]))
    notes = ["starting", *(message["note"] for message in messages if "note" in message)]
    why = (said.failed or SILENT).format(limit=limit, note=notes[-1], code=said.code)
    return messages, why, said.failed == BUSY
