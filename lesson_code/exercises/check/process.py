"""A judge in a process of its own, which is ended when it is silent for too long."""

import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

import psutil

from lesson_code.exercises.check import warm
from lesson_code.exercises.check.judges import Forked, Judge, Started, environment_of
from lesson_code.exercises.check.said import BUSY, ENDED, FUSE, PROCESSES, WAITING, Said

LOOK = 0.25  # seconds from one look at the judge to the next
ASLEEP = 3.0  # seconds in which no part of it moves, although the machine would let it run
SPENT = 8.0  # seconds of processor time without a message
PATIENCE = 60.0  # seconds without a message
MANY = 20  # processes that a judge has started: it needs none


def warm_up() -> None:
    """Start in the background what a check needs, so that the first one does not wait for it."""
    warm.start(environment_of(False, "0"))


def ask(asked: dict, real: bool, seed: str) -> Said:
    """Ask a judge that has this seed of Python's hashes, and the Redis at REDIS_URL if `real`."""
    said = _ask(asked, real, seed)
    if said.code is None and not said.failed:  # the fork server was killed
        said = _ask(asked, real, seed)
    if said.code is None and not said.failed:
        said = replace(said, failed=ENDED)
    return said


def _ask(asked: dict, real: bool, seed: str) -> Said:
    with TemporaryFile() as errors:
        environment = environment_of(real, seed)
        forked = warm.fork(environment, warm.NO_ORACLE if real else asked["exercise"], errors)
        judge = Forked(forked, environment) if forked else Started(environment, errors)
        talk = Talk(judge, asked)
        talk.start()
        try:
            patience = 10 * PATIENCE if real else PATIENCE
            failed = _watch(judge.process, talk, patience if real else ASLEEP, patience)
        finally:
            if talk.is_alive():
                judge.kill()
                talk.join(5)
            if not talk.is_alive():  # else it still reads there
                judge.close()
        errors.seek(0)
        return Said("".join(talk.lines), failed, errors.read().decode(errors="replace"), talk.code)


class Talk(threading.Thread):
    """Asks a judge; keeps its `lines`, and the exit code when it has ended."""

    def __init__(self, judge: Judge, asked: dict):
        super().__init__(daemon=True)
        self.judge, self.asked = judge, asked
        self.lines: list[str] = []
        self.code: int | None = None  # not known yet

    def run(self) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended: the code tells how
            self.judge.send(self.asked)
            for line in self.judge.lines:
                self.lines.append(line.decode())
        self.code = self.judge.wait()


def _watch(process: psutil.Process, talk: Talk, still: float, patience: float) -> str:
    """Wait for the end; return why the judge must be ended, if it must.

    It must be ended when it starts many processes. It must be ended, too, if one of three limits
    since its last message is over: `still` seconds without a move, SPENT, or `patience` seconds.
    """
    heard, at_message, before = 0, 0.0, 0.0
    since = time.monotonic()
    asleep = 0.0
    while talk.is_alive():
        last = time.monotonic()
        talk.join(LOOK)
        try:
            family = [process, *process.children(recursive=True)]
            spent = sum(sum(one.cpu_times()[:2]) for one in family)
            waits = spent == before and not any(_runs(one) for one in family)
        except psutil.Error:  # one of them has just ended
            spent, waits, family = before, False, []
        if len(talk.lines) != heard:
            heard, at_message, since, asleep = len(talk.lines), spent, time.monotonic(), 0.0
        asleep = asleep + min(time.monotonic() - last, 2 * LOOK) if waits else 0.0
        before = spent
        if len(family) > MANY:
            return PROCESSES
        if spent - at_message > SPENT:
            return FUSE
        if asleep > still:
            return WAITING
        if time.monotonic() - since > patience:
            return BUSY
    return ""


def _runs(process: psutil.Process) -> bool:
    """Return whether any of its threads would go on if the machine let it."""
    if sys.platform == "linux":
        return any(map(_runs_thread, Path(f"/proc/{process.pid}/task").glob("*/stat")))
    held_up = psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP, psutil.STATUS_STOPPED
    return process.status() in held_up


def _runs_thread(stat: Path) -> bool:
    """Return whether a thread runs, waits for a disk or was stopped; or has ended just now."""
    try:
        state = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "RDTt"
