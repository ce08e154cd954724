"""The questions. Each takes a trial and returns what was seen, as plain data."""

import os
import signal
import time
from collections import Counter
from concurrent.futures import Future
from subprocess import Popen

from tools.engines.questions.trial import Failed, Trial

QUIET = 5  # seconds without a new note, after which nothing more is expected
RETRIED = 60  # seconds in which an engine may run a failed job again unasked
PATIENCE = 300  # seconds in which a killed job may run again; longer where more is promised:
WATCHED = dict.fromkeys(("rq2", "rq3", "arq", "dramatiq", "taskiq"), 900)
BY_CHANCE = ("dramatiq",)  # its maintenance, which finds lost messages, starts by chance
ENDED = ("failed", "aborted", "FAILURE")  # a record that says that B has ended for good
LEAVES = 60  # seconds that a worker may take to end after SIGTERM
STEPS = 100
SKIPPED = 20  # steps at first, which are not counted: the worker is still starting
KINDS = ("None", "tuple", "dict")


def failed(trial: Trial) -> dict:
    """The chain is A, B, C, and B fails, with the engine's default for retries.

    We look when no job has run for some seconds.
    """
    trial.worker()
    ids = trial.ask("fails")
    trial.wait("b")
    _quiet(trial)
    return {**_ran(trial), "seen": trial.ask("seen", ids)}


def again(trial: Trial) -> dict:
    """B has failed and its task is mended. We make the engine's own call for a retry.

    Where there is none, we watch for a minute whether B runs again unasked.
    """
    trial.worker()
    ids = trial.ask("fails")
    trial.wait("b")
    _quiet(trial)
    before = len(trial.notes("b"))
    trial.mend()
    mended = time.monotonic()
    told = trial.ask("again", ids, default=None) or {"call": None}
    trial.until(lambda: trial.notes("c"), RETRIED)
    _quiet(trial)
    calls = [one["call"] for one in trial.notes("b")]
    after = [one["at"] - mended for one in trial.notes("b")[before:]]
    return {**told, **_ran(trial), "calls": calls, "after": round(after[0]) if after else None}


def join(trial: Trial) -> dict | None:
    """The join has two parts, of which one fails. It is enqueued before the part runs."""
    one_by_one = trial.has("parts")  # the worker waits until all of them are enqueued
    if not one_by_one:
        trial.worker()
    ids = trial.ask("join", default=None)
    if ids is None:
        return None
    if one_by_one:
        trial.worker()
    trial.wait("part", 2)
    _quiet(trial)
    return {**_ran(trial), "seen": trial.ask("seen", ids)}


def late_join(trial: Trial) -> dict | None:
    """In a second run, the join is enqueued after the part has failed, where that is possible."""
    parts = trial.ask("parts", default=None)
    if parts is None:
        return None
    trial.worker()
    trial.wait("part", 2)
    _quiet(trial)
    ids = trial.ask("join_after", parts)
    _quiet(trial, at_least=QUIET)
    return {**_ran(trial), "seen": trial.ask("seen", ids)}


def handed(trial: Trial) -> dict:
    """A job returns None, a tuple and a dict. The next job notes its arguments."""
    trial.worker()
    for runs, kind in enumerate(KINDS, 1):
        told = trial.ask("hand", kind) or {"asks": None}
        trial.wait("c", runs)
    return {**told, "calls": [one["call"] for one in trial.notes("c")]}


def empty(trial: Trial) -> dict | None:
    """The join has no parts."""
    if not trial.has("empty"):
        return None
    trial.worker()
    try:
        returned, error = trial.ask("empty"), None
    except Failed as failure:
        returned, error = None, str(failure)
    trial.ask("hand", "None")  # one more job: once it and its C have run, the join had its chance
    trial.wait("give")
    trial.wait("c")
    _quiet(trial)
    *calls, _ = [one["call"] for one in trial.notes("c")]
    return {"c": len(calls), "c_calls": calls, "returned": returned, "error": error}


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
    return {"leaves": leaves, "waited": LEAVES, "ended": ended, "again": after, **_ran(trial)}


def same(trial: Trial) -> dict:
    """Two jobs get one id before a worker starts, and a third gets it after they have ended."""
    answers = [_answer(trial, which) for which in ("first", "second")]
    trial.worker()
    trial.wait("c")
    _quiet(trial)
    early = [one["call"] for one in trial.notes("c")]
    answers.append(_answer(trial, "third"))
    _quiet(trial, at_least=QUIET)
    late = [one["call"] for one in trial.notes("c")][len(early) :]
    return {"answers": answers, "early": early, "late": late}


def trips(trial: Trial) -> dict | None:
    """A proxy counts how often the client, and the worker for a step, waits for the server.

    Greetings such as HELLO do not count, nor does the first upload of scripts.
    """
    if trial.store.port is None:
        return None
    trial.ask("hundred", 2)  # the server has the engine's scripts from here on
    with trial.counted() as counters:
        trial.ask("hundred", STEPS)
        client = [trip.command for trip in counters["client"].trips]
        trial.worker()
        trial.wait("c", STEPS + 2)
    times = [note["at"] for note in trial.notes("c")][SKIPPED:]
    steps = [trip for trip in counters["worker"].trips if times[0] < trip.at <= times[-1]]
    commands = dict(Counter(client).most_common())
    return {
        "client": len(client),
        "commands": commands,
        "step": round(len(steps) / (len(times) - 1), 1),
    }


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
    _quiet(trial)
    after = round(runs[0] - killed) if runs else None
    found = {
        "after": after,
        "watched": round(now),
        "state": state,
        "since": since,
        "starts": starts,
    }
    return {**found, **_ran(trial), "seen": trial.ask("seen", ids)}


def _answer(trial: Trial, which: str) -> str | None:
    try:
        return trial.ask("same", which)
    except Failed as failure:
        return str(failure)


def _ran(trial: Trial) -> dict:
    calls = [one["call"] for one in trial.notes("c")]
    return {"b": len(trial.notes("b")), "c": len(calls), "c_calls": calls}


def _quiet(trial: Trial, at_least: float = 0) -> None:
    trial.pass_time(at_least)
    seen = -1
    while seen != (seen := len(trial.notes())):
        trial.pass_time(QUIET)
