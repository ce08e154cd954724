"""The questions about a join: a job that runs after all parts of a group."""

from tools.engines.questions.notes import QUIET, Failed
from tools.engines.questions.trial import Trial


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
    trial.quiet()
    return {**trial.ran(), "seen": trial.ask("seen", ids)}


def late_join(trial: Trial) -> dict | None:
    """In a second run, the join is enqueued after the part has failed, where that is possible."""
    parts = trial.ask("parts", default=None)
    if parts is None:
        return None
    trial.worker()
    trial.wait("part", 2)
    trial.quiet()
    ids = trial.ask("join_after", parts)
    trial.quiet(at_least=QUIET)
    return {**trial.ran(), "seen": trial.ask("seen", ids)}


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
    trial.quiet()
    *calls, _ = [one["call"] for one in trial.notes("c")]
    return {"c": len(calls), "c_calls": calls, "returned": returned, "error": error}
