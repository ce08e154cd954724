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
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])}
    environment["PYTHONHASHSEED"] = seed
    if not real:
        environment.pop("REDIS_URL", None)
    asked = {"exercise": exercise.id, "answers": [*answers], "limit": limit}
    asked |= {"prove": prove, "token": token}
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
    process = psutil.Process(child.pid)  # now, while nobody can have waited for its end
    told: list[str] = ["", ""]

    def talk() -> None:
        told[:] = child.communicate(json.dumps(asked))

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    try:
        patience = 10 * PATIENCE if real else PATIENCE
        failed = _watch(process, talking, limit, patience if real else ASLEEP, patience)
    finally:
        _end(child)
    talking.join(5)
    lines, errors = told
    messages = [json.loads(line) for line in lines[: lines.rfind("\n") + 1].splitlines()]
    broken = [message["broken"] for message in messages if "broken" in message]
    if broken or not (messages or failed):
        raise RuntimeError("the check itself does not work:\n" + "".join([*broken, errors]))
    notes = ["starting", *(message["note"] for message in messages if "note" in message)]
    why = (failed or SILENT).format(limit=limit, note=notes[-1], code=child.returncode)
    return messages, why, failed == BUSY


def _watch(
    process: psutil.Process, talking: threading.Thread, limit: float, still: float, patience: float
) -> str | None:
    """Wait for the end; return why it must be ended, if it must: it took more than `limit`, nothing
    moved for `still`, or `patience` is at its end (seconds).
    """
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
        if asleep > still:
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
