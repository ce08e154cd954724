"""The questions. Each takes a trial and returns what was seen, as plain data."""

import time
from collections import Counter

from tools.engines.questions.deaths import child_killed, killed, terminated
from tools.engines.questions.joins import empty, join, late_join
from tools.engines.questions.notes import QUIET, Failed
from tools.engines.questions.trial import Trial

RETRIED = 60  # seconds in which an engine may run a failed job again unasked
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
    trial.quiet()
    return {**trial.ran(), "seen": trial.ask("seen", ids)}


def again(trial: Trial) -> dict:
    """B has failed, and its task is repaired. We call the engine's own function for a retry.

    Where there is none, we watch for a minute whether B runs again unasked.
    """
    trial.worker()
    ids = trial.ask("fails")
    trial.wait("b")
    trial.quiet()
    before = len(trial.notes("b"))
    trial.mend()
    mended = time.monotonic()
    told = trial.ask("again", ids, default=None) or {"call": None}
    trial.until(lambda: trial.notes("c"), RETRIED)
    trial.quiet()
    calls = [one["call"] for one in trial.notes("b")]
    after = [one["at"] - mended for one in trial.notes("b")[before:]]
    return {**told, **trial.ran(), "calls": calls, "after": round(after[0]) if after else None}


def handed(trial: Trial) -> dict:
    """A job returns None, a tuple and a dict. The next job notes its arguments."""
    trial.worker()
    for runs, kind in enumerate(KINDS, 1):
        told = trial.ask("hand", kind) or {"asks": None}
        trial.wait("c", runs)
    return {**told, "calls": [one["call"] for one in trial.notes("c")]}


def same(trial: Trial) -> dict:
    """Two jobs get one id before a worker starts, and a third gets it after they have ended."""
    answers = [_answer(trial, which) for which in ("first", "second")]
    trial.worker()
    trial.wait("c")
    trial.quiet()
    early = [one["call"] for one in trial.notes("c")]
    answers.append(_answer(trial, "third"))
    trial.quiet(at_least=QUIET)
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


def _answer(trial: Trial, which: str) -> str | None:
    try:
        return trial.ask("same", which)
    except Failed as failure:
        return str(failure)


ASKED = {
    one.__name__: one
    for one in (
        failed, again, join, late_join, handed, empty, killed, child_killed, terminated, same, trips
    )
}  # fmt: skip
