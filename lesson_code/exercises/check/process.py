"""A judge in a process of its own, which is ended when it takes too long, or waits in vain."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

from lesson_code.exercises.check.said import BUSY, ENDLESS, WAITING, Said

PROJECT = Path(__file__).parents[3]
ASLEEP = 3.0  # seconds in which nothing of it moves, and it is not the machine that holds it up
PATIENCE = 60.0  # seconds in all, on a machine that is too busy


def ask(asked: dict, real: bool, seed: str) -> Said:
    """Ask a judge that has this seed of Python's hashes, and the Redis at REDIS_URL if `real`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])}
    environment["PYTHONHASHSEED"] = seed
    if not real:
        environment.pop("REDIS_URL", None)
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
        failed = _watch(process, talking, asked["limit"], patience if real else ASLEEP, patience)
    finally:
        _end(child)
    talking.join(5)
    lines, errors = told
    return Said(lines, failed, errors, child.returncode)


def _watch(
    process: psutil.Process, talking: threading.Thread, limit: float, still: float, patience: float
) -> str:
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
    return ""


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
