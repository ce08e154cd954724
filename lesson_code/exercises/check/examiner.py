"""Asking for a verdict: from a process that may loop, wait, crash or flood, and do no harm."""

import ast
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from lesson_code.exercises.exercise import Exercise

PROJECT = Path(__file__).parents[3]
LIMIT = 4.0  # seconds of processor time for one answer
ASLEEP = 3.0  # seconds in which nothing of it moves, and it is not the machine that holds it up
PATIENCE = 60.0  # seconds in all, on a machine that is too busy
SILENT = "your answer ended the process that it was running in (exit code {code})"
ENDLESS = "it took {limit:g} s of processor time, and was still {note}: a loop without end?"
WAITING = "it waits for something that never comes, while {note}"
BUSY = "this machine is too busy to check it: nothing is wrong with your answer, try again later"


def examine(
    exercise: Exercise, answers: Sequence[str], limit: float = LIMIT, real: bool = False
) -> list[dict]:
    """Return the verdict on each answer (see `judge.Verdict`), as plain data.

    All together may take `limit` seconds of processor time, whatever else the machine does.
    A verdict with "busy" says nothing of the answer. Each runs on a stage of its own; with
    `real` on the Redis at REDIS_URL, if it is set.
    """
    verdicts, _ = examine_and_prove(exercise, answers, limit, real, prove=False)
    for number, (answer, verdict) in enumerate(zip(answers, verdicts, strict=False)):
        if verdict["solved"] and _has_no_order(answer):
            again, _ = examine_and_prove(exercise, [answer], limit, real, prove=False, seed="1")
            verdicts[number] = again[0]
    return verdicts


def _has_no_order(answer: str) -> bool:
    """Whether it may do another thing in another process, where sets have another order."""
    names = {"set", "frozenset", "hash", "smembers", "sinter", "sunion", "sdiff", "dependent_ids"}
    return any(
        isinstance(node, ast.Set | ast.SetComp)
        or getattr(node, "id", getattr(node, "attr", "")) in names
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
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])}
    environment["PYTHONHASHSEED"] = seed
    if not real:
        environment.pop("REDIS_URL", None)
    asked = {"exercise": exercise.id, "answers": [*answers], "limit": limit, "prove": prove}
    child = subprocess.Popen(
        [sys.executable, "-m", "lesson_code.exercises.check.judge"],
        env=environment,
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    told: list[str] = ["", ""]

    def talk() -> None:
        told[:] = child.communicate(json.dumps(asked))

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    try:
        failed = _watch(child, talking, limit, PATIENCE if not real else 10 * PATIENCE)
    finally:
        _end(child)
    talking.join(5)
    return _understood(answers, told, failed or SILENT, limit, child.returncode)


def _watch(
    child: subprocess.Popen, talking: threading.Thread, limit: float, patience: float
) -> str | None:
    """Wait for the end; return why it must be ended, if it must."""
    process = psutil.Process(child.pid)
    start, before, asleep = time.monotonic(), 0.0, 0.0
    while talking.is_alive():
        last = time.monotonic()
        talking.join(0.02)
        try:
            family = [process, *process.children(recursive=True)]
            spent = sum(sum(one.cpu_times()[:2]) for one in family)
            waits = spent == before and not any(_runs(one) for one in family)
        except psutil.Error:
            continue  # one of them has just ended
        asleep = asleep + min(time.monotonic() - last, 0.1) if waits else 0.0
        before = spent
        if spent > limit:
            return ENDLESS
        if asleep > (ASLEEP if patience == PATIENCE else patience):
            return WAITING
        if time.monotonic() - start > patience:
            return BUSY
    return None


def _runs(process: psutil.Process) -> bool:
    """Whether it would go on if the machine let it."""
    held_up = psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP, psutil.STATUS_STOPPED
    return process.status() in held_up


def _end(child: subprocess.Popen) -> None:
    """End the process, and all that it has started."""
    try:
        family = psutil.Process(child.pid).children(recursive=True)
    except psutil.Error:
        family = []
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, 9)
    for one in family:
        with suppress(psutil.Error):
            one.kill()
    if child.poll() is None:
        child.kill()


def _understood(
    answers: Sequence[str], told: list[str], failed: str, limit: float, code: int | None
) -> tuple[list[dict], list[str]]:
    lines, errors = told
    messages = [json.loads(line) for line in lines[: lines.rfind("\n") + 1].splitlines()]
    broken = [message["broken"] for message in messages if "broken" in message]
    if broken or (not messages and failed == SILENT):
        raise RuntimeError("the check itself does not work:\n" + "".join([*broken, errors]))
    verdicts = [message["verdict"] for message in messages if "verdict" in message]
    if len(verdicts) < len(answers):
        notes = ["starting", *(message["note"] for message in messages if "note" in message)]
        sentence = failed.format(limit=limit, note=notes[-1], code=code)
        told_so = {"solved": False, "sentences": [sentence], "picture": None, "printed": ""}
        verdicts.append({**told_so, "busy": failed == BUSY})
    return verdicts, [why for message in messages for why in message.get("impossible", ())]
