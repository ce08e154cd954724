"""The questions in which a worker is killed or told to end while B runs."""

import os
import signal
import time
from concurrent.futures import Future
from subprocess import Popen

from tools.engines.questions.notes import Failed
from tools.engines.questions.trial import Trial

PATIENCE = 300  # seconds in which a killed job may run again; longer where more is promised:
WATCHED = dict.fromkeys(("rq2", "rq3", "arq", "dramatiq", "taskiq"), 900)
BY_CHANCE = ("dramatiq",)  # its maintenance, which finds lost messages, starts by chance
ENDED = ("failed", "aborted", "FAILURE")  # a record that says that B has ended for good
LEAVES = 60  # seconds that a worker may take to end after SIGTERM


def killed(trial: Trial) -> dict:
    """The worker and all that it has started get `kill -9` while B runs.

    A new worker starts at once. Each wait is the engine's default.
    """
    ids, main = _until_in_b(trial)
    trial.kill()
    found = _runs_again(trial, ids, WATCHED.get(trial.engine, PATIENCE), main)
    return found | {"chance": trial.engine in BY_CHANCE}


def child_killed(trial: Trial) -> dict | None:
    """In a second run, only the process of B gets `kill -9`, where that is not the worker's own."""
    ids, main = _until_in_b(trial)
    pid = trial.notes("b")[0]["pid"]
    if pid == main.pid:
        return None
    os.kill(pid, signal.SIGKILL)
    return _runs_again(trial, ids, PATIENCE, main)


def terminated(trial: Trial) -> dict:
    """The worker's main process gets SIGTERM while B has some seconds of work left.

    A new worker starts when it has ended.
    """
    _, first = _until_in_b(trial)
    start = time.monotonic()
    first.send_signal(signal.SIGTERM)
    if trial.notes("b ended"):
        raise Failed("B had ended before the signal: the machine is too busy")
    left = trial.until(lambda: first.poll() is not None, LEAVES)
    leaves = round(time.monotonic() - start, 1) if left else None
    ended = bool(trial.notes("b ended"))
    trial.kill()
    trial.worker()
    restart = time.monotonic()
    trial.until(lambda: trial.notes("c"), PATIENCE)
    runs = [one["at"] for one in trial.notes("b")]
    after = round(runs[1] - restart) if len(runs) > 1 else None
    return {"leaves": leaves, "waited": LEAVES, "ended": ended, "again": after, **trial.ran()}


def _until_in_b(trial: Trial) -> tuple[Future, Popen]:
    """Start a worker and a chain, and return as soon as B runs: the ids to come, and the worker."""
    main = trial.worker()
    ids = trial.begin("slow_chain")
    trial.wait("b")
    return ids, main


def _runs_again(trial: Trial, asked: Future, patience: int, main: Popen) -> dict:
    """Watch until B runs again, or until its record says that it never will.

    A worker that has ended is started again. `since` holds two times in seconds, between which the
    record took its last state.
    """
    killed = time.monotonic()
    if trial.notes("b ended"):
        raise Failed("B had ended before it was killed: the machine is too busy")
    ids, starts = None, 0
    state, since, looked = None, [0, 0], 0.0
    while (now := time.monotonic() - killed) < patience:
        if main.poll() is not None:
            main, starts = trial.worker(), starts + 1
        ids = ids or asked.result()
        pause = max(5, now / 10) if looked else 0
        if trial.until(lambda: len(trial.notes("b")) > 1, pause):
            break
        look = time.monotonic() - killed
        if state != (state := trial.ask("seen", ids)["b"]):
            since = [round(looked), round(time.monotonic() - killed)]
        looked = look
        if state and state.split(",")[0] in ENDED:
            break
    runs = [one["at"] for one in trial.notes("b")[1:]]
    trial.quiet()
    after = round(runs[0] - killed) if runs else None
    found = {
        "after": after,
        "watched": round(now),
        "state": state,
        "since": since,
        "starts": starts,
    }
    return {**found, **trial.ran(), "seen": trial.ask("seen", ids)}
