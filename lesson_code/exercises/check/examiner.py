"""Asking for a verdict: from a process that may loop, sleep, crash or flood, and do no harm."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lesson_code.exercises.exercise import Exercise

PROJECT = Path(__file__).parents[3]
LIMIT = 4.5  # seconds for one answer
SILENT = "your answer ended the process that it was running in (exit code {})"
ENDLESS = "nothing came back within {:g} s, while {}: a loop or a wait without end?"


def examine(
    exercise: Exercise, answers: Sequence[str], limit: float = LIMIT, real: bool = False
) -> list[dict]:
    """Return the verdict on each answer (see `judge.Verdict`), as plain data.

    Each runs on an embedded Redis of its own; with `real` on the one at REDIS_URL, if it is set.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])}
    if not real:
        environment.pop("REDIS_URL", None)
    asked = json.dumps({"exercise": exercise.id, "answers": list(answers)})
    command = [sys.executable, "-m", "lesson_code.exercises.check.judge"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, encoding="utf-8", **pipes) as child:
        try:
            told, errors = child.communicate(asked, timeout=limit)
            failed = SILENT.format(child.returncode)
        except subprocess.TimeoutExpired:
            child.kill()
            told, errors = child.communicate()
            failed = ENDLESS
        except BaseException:
            child.kill()
            raise
    messages = [json.loads(line) for line in told[: told.rfind("\n") + 1].splitlines()]
    broken = [message["broken"] for message in messages if "broken" in message]
    if broken or not messages:
        raise RuntimeError("the check itself does not work:\n" + "".join([*broken, errors]))
    verdicts = [message["verdict"] for message in messages if "verdict" in message]
    if len(verdicts) < len(answers):
        notes = [message["note"] for message in messages if "note" in message]
        sentence = failed.format(limit, notes[-1])
        verdicts.append({"solved": False, "sentences": [sentence], "picture": None, "printed": ""})
    return verdicts
